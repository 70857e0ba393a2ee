package io.keycoord.integration.faults;

import io.keycoord.Acquisition.Granted;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.Usage;
import io.keycoord.redis.RedisKeyCoordinator;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A worker JVM. Its arguments are the server and the pool; its orders come on standard input, and it tells on standard output,
 * after {@code "> "}, what it has done. When its input ends, as when the parent dies, it halts; told to end it drains.
 */
final class FaultWorker {
    static final String MARK = "> ";
    static final int TOKENS_HELD = 1_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final RedisKeyCoordinator keys;
    private final List<Lease> held = new ArrayList<>();
    private volatile @Nullable Load load;

    private FaultWorker(RedisKeyCoordinator keys) {
        this.keys = keys;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        FaultWorker worker = new FaultWorker(FaultPool.parse(args[1]).worker(args[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(worker::drain, "drain"));
        say("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            say(worker.obey(line.split(" ", -1)));
        }
        Runtime.getRuntime().halt(0);
    }

    private static void say(String line) {
        System.out.println(MARK + line);
        System.out.flush();
    }

    private String obey(String[] order) throws InterruptedException {
        return switch (order[0]) {
            case "hold" -> "held " + hold(Integer.parseInt(order[1]));
            case "settle" -> "settled " + settle(Integer.parseInt(order[1]));
            case "load" -> {
                load = Load.start(keys, Load.Plan.parse(order, 1));
                yield "loading";
            }
            case "stop" -> stop();
            case "take" -> take();
            case "size" -> size();
            case "state" -> keys.storeState(FaultPool.ID).toString();
            default -> throw new IllegalArgumentException("order is " + order[0]);
        };
    }

    /** Takes leases and reads their secrets, so that each may have been sent. */
    private int hold(int wanted) {
        while (held.size() < wanted) {
            if (keys.tryAcquire(FaultPool.REQUEST.withTokens(TOKENS_HELD, 0)) instanceof Granted granted) {
                granted.lease().secret();
                held.add(granted.lease());
            } else {
                return held.size();
            }
        }
        return held.size();
    }

    /** With so many tokens each. */
    private int settle(int tokens) {
        held.forEach(lease -> lease.settle(Outcome.success(Usage.tokens(tokens, 0))));
        int settled = held.size();
        held.clear();
        return settled;
    }

    private String stop() throws InterruptedException {
        Load running = load;
        if (running == null || !running.stop(LIMIT)) {
            return "stuck 0 []";
        }
        return "stopped " + running.settled() + " " + Sample.text(running.samples());
    }

    private String take() {
        Load running = Objects.requireNonNull(load);
        return "took " + running.settled() + " " + Sample.text(running.take());
    }

    /** Bytes of the heap that are reachable, and threads. */
    private static String size() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return "size " + (runtime.totalMemory() - runtime.freeMemory()) + " " + Thread.activeCount();
    }

    /** As a service does at SIGTERM. */
    private void drain() {
        keys.close();
        Load running = load;
        say("drained " + (running == null ? 0 : running.settled()));
    }
}
