package io.keycoord.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition.Granted;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.integration.faults.Sample.Kind;
import io.keycoord.redis.RedisKeyCoordinator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;

/** A coordinator is closed in whatever state it is, and its client's pool has too few connections. */
@Tag("proof")
class CloseIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int CLOSE_WAIT_MS = 500;
    private static final int SLOTS = 4;

    /** How the coordinator stands when it is closed. */
    enum State {
        NEW,
        /** Leases are out that nobody settles, so it waits for them. */
        LEASES_OUT,
        /** One thread and one future wait for a slot, and the subscription is open. */
        CALLERS_WAIT,
        LOADED,
        REDIS_REFUSES,
        REDIS_IS_SILENT,
        /** The same, before anybody knows. */
        REDIS_HAS_JUST_FALLEN_SILENT,
        CONNECTIONS_ARE_HALF_OPEN,
        REDIS_WAS_AWAY
    }

    private final FaultPool pool = FaultPool.of(60_000, 1, SLOTS);
    private final Set<Thread> before = new HashSet<>(Thread.getAllStackTraces().keySet());
    private final List<CompletableFuture<Lease>> futures = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private EmbeddedRedis redis;
    private FaultProxy way;

    @BeforeEach
    void start() {
        redis = EmbeddedRedis.start();
        way = new FaultProxy(redis.port());
    }

    @AfterEach
    void end() {
        way.close();
        redis.close();
    }

    private RedisKeyCoordinator worker() {
        return pool.worker()
                .redis(way.url())
                .closeWait(Duration.ofMillis(CLOSE_WAIT_MS))
                .build();
    }

    private static List<Lease> hold(RedisKeyCoordinator keys) {
        List<Lease> held = new ArrayList<>();
        while (held.size() < SLOTS && keys.tryAcquire(FaultPool.REQUEST) instanceof Granted granted) {
            granted.lease().secret();
            held.add(granted.lease());
        }
        assertThat(held).hasSize(SLOTS);
        return held;
    }

    private void thread(Runnable task) {
        Thread thread = new Thread(task, "caller");
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
    }

    private void wait(RedisKeyCoordinator keys) {
        hold(keys);
        futures.add(keys.acquireAsync(FaultPool.REQUEST.withMaxWait(Duration.ofMinutes(5))));
        thread(() -> {
            try {
                keys.acquire(FaultPool.REQUEST.withMaxWait(Duration.ofMinutes(5)));
            } catch (RuntimeException expected) {
                // It ends: that is what counts.
            }
        });
        try (PoolState state = new PoolState(redis.uri(), pool)) {
            await().atMost(LIMIT)
                    .until(() -> !state.jedis.pubsubChannels("keycoord:wake:*").isEmpty());
        }
    }

    private static void away(RedisKeyCoordinator keys) {
        await().atMost(LIMIT).until(() -> {
            try {
                keys.tryAcquire(FaultPool.REQUEST);
            } catch (StoreUnavailableException expected) {
                // Until the coordinator has learnt it.
            }
            return keys.storeState(FaultPool.ID).away();
        });
    }

    private void bring(RedisKeyCoordinator keys, State state) {
        switch (state) {
            case NEW -> {}
            case LEASES_OUT -> hold(keys);
            case CALLERS_WAIT -> wait(keys);
            case LOADED -> {
                Load load = Load.start(keys, new Load.Plan(8, 1, 0, 1_000));
                await().atMost(LIMIT).until(() -> load.settled() > 20);
                thread(() -> await().atMost(LIMIT)
                        .until(() -> Sample.count(load.samples(), Kind.DENIED) > 0 && load.stop(LIMIT)));
            }
            case REDIS_REFUSES -> {
                wait(keys);
                way.refuse();
                away(keys);
            }
            case REDIS_IS_SILENT -> {
                wait(keys);
                way.swallow();
                away(keys);
            }
            case REDIS_HAS_JUST_FALLEN_SILENT -> {
                List<Lease> held = hold(keys);
                way.swallow();
                held.forEach(lease -> thread(() -> lease.settle(Outcome.unused())));
            }
            case CONNECTIONS_ARE_HALF_OPEN -> {
                wait(keys);
                way.halfOpen();
            }
            case REDIS_WAS_AWAY -> {
                hold(keys).forEach(lease -> lease.settle(Outcome.unused()));
                way.swallow();
                away(keys);
                way.pass();
                await().atMost(LIMIT).until(() -> !keys.storeState(FaultPool.ID).away());
            }
        }
    }

    private List<Thread> left() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.isAlive() && !before.contains(thread))
                .filter(thread -> thread.getName().startsWith("keycoord"))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(State.class)
    void closingEndsInTimeAndLeavesNoThread(State state) throws Exception {
        RedisKeyCoordinator keys = worker();
        bring(keys, state);

        long began = System.nanoTime();
        keys.close();
        long closed = System.nanoTime();
        await().atMost(LIMIT).untilAsserted(() -> assertThat(left()).isEmpty());
        long gone = System.nanoTime();
        for (Thread thread : threads) {
            thread.join(LIMIT.toMillis());
            assertThat(thread.isAlive()).as("a caller is stuck").isFalse();
        }
        Figure.print(
                "close, " + state,
                "%.0f ms (closeWait %d ms), the last thread gone %.0f ms later, callers after %.0f ms",
                (closed - began) / 1e6,
                CLOSE_WAIT_MS,
                (gone - closed) / 1e6,
                (System.nanoTime() - began) / 1e6);
        assertThat(futures).allMatch(CompletableFuture::isDone);
        assertThat(Duration.ofNanos(closed - began)).isLessThan(Duration.ofSeconds(15));
    }

    private RedisClient narrowClient(int connections, String url) {
        ConnectionPoolConfig narrow = new ConnectionPoolConfig();
        narrow.setMaxTotal(connections);
        narrow.setMaxWait(Duration.ofSeconds(1));
        return RedisClient.builder()
                .hostAndPort(HostAndPort.from(url.substring("redis://".length())))
                .clientConfig(DefaultJedisClientConfig.builder()
                        .connectionTimeoutMillis(1_000)
                        .socketTimeoutMillis(1_000)
                        .build())
                .poolConfig(narrow)
                .build();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void manyThreadsOnOneConnectionAllComeBack(boolean combining) throws Exception {
        try (RedisClient client = narrowClient(1, way.url());
                PoolState state = new PoolState(redis.uri(), pool);
                RedisKeyCoordinator keys =
                        pool.worker().jedis(client).combining(combining).build()) {
            way.delay(Duration.ofMillis(20), Duration.ofMillis(20));
            Load load = Load.start(keys, new Load.Plan(64, 1, 5, 0));
            await().atMost(LIMIT).until(() -> load.samples().size() > 300);
            List<Sample> slow = load.samples();
            way.pass();
            long settled = load.settled();
            long repaired = System.nanoTime();
            await().atMost(LIMIT).until(() -> load.settled() > settled + 20);
            double back = (System.nanoTime() - repaired) / 1e6;
            boolean ended = load.stop(LIMIT);

            Figure.print(
                    "64 threads on a pool of one connection, latency 40 ms, "
                            + (combining ? "calls that meet sent together" : "each call by itself"),
                    "the first %d requests: %d granted, %d denied, %d refused; longest wait %.0f ms; 20 leases %.0f ms after the latency had gone",
                    slow.size(),
                    Sample.count(slow, Kind.GRANTED),
                    Sample.count(slow, Kind.DENIED),
                    Sample.count(slow, Kind.UNAVAILABLE),
                    Sample.longestMs(load.samples()),
                    back);
            assertThat(ended).as("all threads have come back").isTrue();
            assertThat(Sample.count(load.samples(), Kind.FAILED)).isZero();
            assertThat(Sample.longestMs(load.samples())).isLessThan(15_000);
            await().atMost(LIMIT).untilAsserted(() -> {
                assertThat(keys.storeState(FaultPool.ID).kept()).isZero();
                assertThat(state.inFlight()).isZero();
                assertThat(state.leases()).isZero();
            });
            assertThat(state.callsOk()).isEqualTo(load.settled());
        }
    }

    @Test
    void callersWhoWaitForSlotsOnOneConnectionAreServed() throws Exception {
        try (RedisClient client = narrowClient(1, way.url());
                PoolState state = new PoolState(redis.uri(), pool);
                RedisKeyCoordinator keys = pool.worker().jedis(client).build()) {
            Load load = Load.start(keys, new Load.Plan(64, 1, 0, 20_000));
            await().atMost(LIMIT).until(() -> load.settled() > 300);

            assertThat(load.stop(LIMIT)).as("all threads have come back").isTrue();
            Figure.print(
                    "64 threads wait for 4 slots on one connection",
                    "%d leases, longest wait %.0f ms",
                    load.settled(),
                    Sample.longestMs(load.samples()));
            assertThat(load.samples()).extracting(Sample::kind).containsOnly(Kind.GRANTED, Kind.SETTLED);
            assertThat(state.inFlight()).isZero();
        }
    }
}
