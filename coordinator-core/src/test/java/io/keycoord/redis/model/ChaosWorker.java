package io.keycoord.redis.model;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.keycoord.Acquisition.Granted;
import io.keycoord.ApiSecret;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.Usage;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.redis.model.OracleRun.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.LoggerFactory;

/**
 * A worker JVM with a coordinator as services have it. Told on standard input on which pools to play and until when, and then
 * to close; halts when its input ends, as when the parent dies.
 */
final class ChaosWorker {
    static final String BEGUN = "begun";
    static final String PLAYED = "played";
    static final String CLOSED = "closed";
    static final String CLOSE = "close";
    static final Duration LEASE_TTL = Duration.ofSeconds(1);
    private static final int THREADS = 6;
    private static final int MOST_WAIT_MS = 400;

    /** What the parent says. {@code pools}: the orders of {@link HistoryPool}s, separated by commas. */
    record Order(int port, long seed, int millis, String pools) {
        String line() {
            return port + " " + seed + " " + millis + " " + pools;
        }

        static Order parse(String line) {
            String[] words = line.split(" ", -1);
            return new Order(
                    Integer.parseInt(words[0]), Long.parseLong(words[1]), Integer.parseInt(words[2]), words[3]);
        }
    }

    private final List<HistoryPool> pools = new ArrayList<>();
    private final RedisKeyCoordinator keys;
    private final long until;
    private final SplittableRandom seeds;
    private final AtomicLong granted = new AtomicLong();
    private final AtomicLong denied = new AtomicLong();
    private final AtomicLong unavailable = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    private ChaosWorker(Order order) {
        for (String words : order.pools.split(",", -1)) {
            pools.add(HistoryPool.unregistered(words));
        }
        PoolConfig[] configs = pools.stream().map(pool -> config(pool.config)).toArray(PoolConfig[]::new);
        keys = RedisKeyCoordinator.builder()
                .redis("redis://127.0.0.1:" + order.port)
                .config(CoordinatorConfig.of(configs))
                .secrets(reference -> Optional.of(ApiSecret.of("secret-of-" + reference)))
                .closeWait(Duration.ofSeconds(5))
                .build();
        until = System.nanoTime() + order.millis * 1_000_000L;
        seeds = new SplittableRandom(order.seed);
    }

    static PoolConfig config(PoolConfig pool) {
        return pool.withLeaseTtl(LEASE_TTL);
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        // What it says of Redis is said on purpose, and there is much of it.
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ChaosWorker worker = new ChaosWorker(Order.parse(line));
            System.out.println(BEGUN);
            worker.play();
            System.out.println(PLAYED + " " + worker.granted + " " + worker.denied + " " + worker.unavailable + " "
                    + worker.failed);
            if (CLOSE.equals(in.readLine())) {
                worker.keys.close();
                System.out.println(CLOSED);
            }
        }
        Runtime.getRuntime().halt(0);
    }

    private void play() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            SplittableRandom random = seeds.split();
            Thread thread = new Thread(() -> play(random), "chaos-" + i);
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void play(SplittableRandom random) {
        while (System.nanoTime() < until) {
            HistoryPool pool = pools.get(random.nextInt(pools.size()));
            try {
                take(pool, random);
            } catch (KeyUnavailableException e) {
                denied.incrementAndGet();
            } catch (StoreUnavailableException e) {
                unavailable.incrementAndGet();
            } catch (RuntimeException e) {
                failed.incrementAndGet();
                e.printStackTrace();
            }
            rest(random.nextInt(4));
        }
    }

    private void take(HistoryPool pool, SplittableRandom random) {
        Step.Acquire ask = pool.anAsk(random);
        LeaseRequest request = request(pool, ask, random);
        Lease lease;
        if (pool.kind == Kind.PLAIN || random.nextInt(4) == 0) {
            if (!(keys.tryAcquire(request) instanceof Granted grant)) {
                denied.incrementAndGet();
                return;
            }
            lease = grant.lease();
        } else {
            lease = keys.acquire(request.withMaxWait(Duration.ofMillis(1 + random.nextInt(MOST_WAIT_MS))));
        }
        granted.incrementAndGet();
        try (lease) {
            if (!lease.isLateToSend()) {
                lease.secret();
                rest(random.nextInt(20) == 0 ? (int) LEASE_TTL.toMillis() + 200 : random.nextInt(15));
                lease.settle(outcome(pool, ask, random));
            }
        }
    }

    private static LeaseRequest request(HistoryPool pool, Step.Acquire ask, SplittableRandom random) {
        LeaseRequest request = LeaseRequest.of(pool.id)
                .withModel(ask.model())
                .withTokens(ask.cost().input(), ask.cost().output())
                .withPriority(ask.priority());
        request = ask.tenant().isEmpty() ? request : request.withTenant(ask.tenant());
        for (String key : ask.noKeys().split(",", -1)) {
            request = key.isEmpty() ? request : request.withoutKey(key);
        }
        for (String account : ask.noAccounts().split(",", -1)) {
            request = account.isEmpty() ? request : request.withoutAccount(account);
        }
        return random.nextInt(8) > 0 ? request : request.withAffinity("s" + random.nextInt(4));
    }

    /** On plain pools nothing is given back, and no provider fails. */
    private static Outcome outcome(HistoryPool pool, Step.Acquire ask, SplittableRandom random) {
        boolean plain = pool.kind == Kind.PLAIN;
        long more = plain ? random.nextInt(3) : 0;
        Usage used = plain
                ? Usage.tokens(ask.cost().input() + more, ask.cost().output() + more)
                : Usage.tokens(
                        random.nextLong(ask.cost().input() * 5 / 4 + 2),
                        random.nextLong(ask.cost().output() * 5 / 4 + 2));
        int dice = random.nextInt(60);
        if (dice < 2) {
            Outcome refused = Outcome.rateLimited(Duration.ofMillis(random.nextInt(200)));
            return plain ? refused.withUsage(used) : refused;
        }
        if (plain || dice > 6) {
            return dice % 3 == 0 ? Outcome.successWithoutUsage() : Outcome.success(used);
        }
        return switch (dice) {
            case 2 -> Outcome.unused();
            case 3 -> Outcome.keyFailed(Outcome.Failure.SUSPECT, "suspect");
            case 4 -> Outcome.providerFailed("overloaded");
            case 5 -> Outcome.networkFailed("reset");
            default -> Outcome.aborted().withUsage(used);
        };
    }

    private static void rest(int millis) {
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
    }
}
