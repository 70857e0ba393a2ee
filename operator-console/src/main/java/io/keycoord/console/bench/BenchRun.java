package io.keycoord.console.bench;

import io.keycoord.ApiSecret;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Usage;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.Secrets;
import io.keycoord.redis.RedisKeyCoordinator;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;

/** One pool on one redis-server, and its measurements. */
final class BenchRun implements AutoCloseable {
    private static final int WINDOWS = 30;
    private static final int CALLS = 200;
    private static final int LEASES = 1_000;
    private static final int TURNS = 3;
    private static final LeaseRequest REQUEST =
            LeaseRequest.of("bench").withModel("m").withTokens(200, 300);
    private static final Outcome OUTCOME = Outcome.success(Usage.tokens(200, 100));

    private final int accounts;
    private final List<Integer> threads;
    private final RedisClient redis;
    private final RedisKeyCoordinator keys;
    private final RedisKeyCoordinator combined;
    private final long bytesPerKey;
    private final String floor;

    BenchRun(URI uri, int accounts, List<Integer> threads) {
        this.accounts = accounts;
        this.threads = threads;
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        int most = Collections.max(threads) + 1;
        pool.setMaxTotal(most);
        pool.setMaxIdle(most);
        this.redis = RedisClient.builder()
                .hostAndPort(uri.getHost(), uri.getPort())
                .poolConfig(pool)
                .build();
        this.floor = redis.scriptLoad("return 1");
        long before = usedMemory();
        this.keys = coordinator(uri, false);
        this.bytesPerKey = (usedMemory() - before) / accounts;
        this.combined = coordinator(uri, true);
    }

    private RedisKeyCoordinator coordinator(URI uri, boolean combining) {
        return RedisKeyCoordinator.builder()
                .redis(uri.toString())
                .config(config(accounts))
                .secrets(Secrets.of("bench", reference -> Optional.of(ApiSecret.of("bench-secret"))))
                .combining(combining)
                .build();
    }

    /** Requests, tokens and concurrency on each account, wide enough never to deny. */
    private static CoordinatorConfig config(int accounts) {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < accounts; i++) {
            list.append(i == 0 ? "" : ",")
                    .append("{\"id\":\"account-")
                    .append(i)
                    .append("\",\"limits\":[{\"requests\":\"6M/min\",")
                    .append("\"tokens\":\"100M/min\",\"concurrency\":100000}],\"keys\":[{\"id\":\"key-")
                    .append(i)
                    .append("\",\"secret\":\"bench:x\"}]}");
        }
        return CoordinatorConfig.parse(
                "{\"pools\":[{\"id\":\"bench\",\"provider\":\"openai\",\"accounts\":[" + list + "]}]}",
                Set.of("bench"));
    }

    BenchResult measure(Duration length) {
        cycles(CALLS * 3);
        double acquire = Double.MAX_VALUE;
        double settle = Double.MAX_VALUE;
        double least = Double.MAX_VALUE;
        for (int i = 0; i < WINDOWS; i++) {
            List<Lease> leases = new ArrayList<>();
            acquire = Math.min(acquire, serverMicros(() -> leases.add(keys.acquire(REQUEST))));
            settle = Math.min(
                    settle, serverMicros(() -> leases.remove(leases.size() - 1).settle(OUTCOME)));
            least = Math.min(least, serverMicros(() -> redis.evalsha(floor, List.of("bench"), List.of())));
        }
        List<Throughput> throughputs =
                threads.stream().map(count -> throughput(count, length)).toList();
        List<Lease> held = new ArrayList<>();
        long idle = usedMemory();
        double acquireCommands = commands(() -> held.add(keys.acquire(REQUEST)));
        long busy = usedMemory();
        double settleCommands = commands(() -> held.remove(held.size() - 1).settle(OUTCOME));
        return new BenchResult(
                accounts,
                acquire,
                settle,
                least,
                throughputs,
                bytesPerKey,
                (busy - idle) / LEASES,
                acquireCommands,
                settleCommands);
    }

    /** The ways in turns, so that whatever else the machine does hits all of them. */
    private Throughput throughput(int count, Duration length) {
        Duration turn = length.dividedBy(TURNS);
        List<Throughput.Way> plain = new ArrayList<>();
        List<Throughput.Way> together = new ArrayList<>();
        double floors = 0;
        for (int i = 0; i < TURNS; i++) {
            plain.add(way(keys, count, turn));
            together.add(way(combined, count, turn));
            floors += rate(() -> redis.evalsha(floor, List.of("bench"), List.of()), count, turn);
        }
        return new Throughput(count, floors / TURNS, mean(plain), mean(together));
    }

    private Throughput.Way way(RedisKeyCoordinator coordinator, int count, Duration length) {
        redis.executeCommand(new CommandArguments(Protocol.Command.CONFIG).add("RESETSTAT"));
        long start = System.nanoTime();
        double rate = rate(() -> coordinator.acquire(REQUEST).settle(OUTCOME), count, length);
        double cycles = rate * (System.nanoTime() - start) / 1e9;
        double calls = statistic("evalsha", "calls") + statistic("eval", "calls");
        double micros = statistic("evalsha", "usec") + statistic("eval", "usec");
        return new Throughput.Way(rate, calls / cycles, micros / cycles);
    }

    private static Throughput.Way mean(List<Throughput.Way> turns) {
        return new Throughput.Way(
                mean(turns, Throughput.Way::cyclesPerSecond),
                mean(turns, Throughput.Way::commandsPerCycle),
                mean(turns, Throughput.Way::serverMicrosPerCycle));
    }

    private static double mean(List<Throughput.Way> turns, ToDoubleFunction<Throughput.Way> figure) {
        return turns.stream().mapToDouble(figure).average().orElseThrow();
    }

    private void cycles(int count) {
        for (int i = 0; i < count; i++) {
            keys.acquire(REQUEST).settle(OUTCOME);
        }
    }

    private double serverMicros(Runnable call) {
        redis.executeCommand(new CommandArguments(Protocol.Command.CONFIG).add("RESETSTAT"));
        for (int i = 0; i < CALLS; i++) {
            call.run();
        }
        return statistic("evalsha", "usec_per_call");
    }

    /** Commands that Redis saw for each of {@link #LEASES} calls. */
    private double commands(Runnable call) {
        redis.executeCommand(new CommandArguments(Protocol.Command.CONFIG).add("RESETSTAT"));
        for (int i = 0; i < LEASES; i++) {
            call.run();
        }
        return (statistic("evalsha", "calls") + statistic("eval", "calls")) / LEASES;
    }

    private double statistic(String command, String name) {
        Matcher figure = Pattern.compile("cmdstat_" + command + ":(?:.*,)?" + name + "=([0-9.]+)")
                .matcher(redis.info("commandstats"));
        return figure.find() ? Double.parseDouble(figure.group(1)) : 0;
    }

    /** Calls a second, by all threads together. */
    private double rate(Runnable call, int threads, Duration length) {
        ExecutorService callers = Executors.newFixedThreadPool(threads);
        try {
            long start = System.nanoTime();
            long end = start + length.toNanos();
            List<Future<Long>> counts = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                counts.add(callers.submit(() -> {
                    long count = 0;
                    while (System.nanoTime() - end < 0) {
                        call.run();
                        count++;
                    }
                    return count;
                }));
            }
            long total = 0;
            for (Future<Long> count : counts) {
                total += count.get();
            }
            return total * 1e9 / (System.nanoTime() - start);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a call failed while measuring", e.getCause());
        } finally {
            callers.shutdownNow();
        }
    }

    private long usedMemory() {
        return redis.info("memory")
                .lines()
                .filter(line -> line.startsWith("used_memory:"))
                .mapToLong(line ->
                        Long.parseLong(line.substring("used_memory:".length()).trim()))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        combined.close();
        keys.close();
        redis.close();
    }
}
