package io.keycoord.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition.Granted;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.redis.RedisKeyCoordinatorBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Connection;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisClient;

/**
 * By how much callers outstay the time they gave themselves, many at once and each with another deadline, while Redis is
 * slow, silent or out of reach. A defect shows as what is left of a client's time-out, 400 ms at least; what this machine
 * is late by itself is measured meanwhile, and allowed for twice.
 */
@Tag("proof")
class DeadlineIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int CALLERS = 32;
    private static final int SHORTEST_MS = 20;
    private static final int LONGEST_MS = 600;
    private static final int FAULT_MS = 4_000;
    private static final double BOUND_MS = 100;
    private static final int SLEEPERS = 4;
    private static final int SLOTS = 8;

    /** What stands between the callers and Redis. */
    enum Fault {
        NONE,
        SILENT,
        REPLIES_LOST,
        REFUSED,
        HUNDRED_MS_SLOW,
        TEN_SECONDS_SLOW,
        HALF_OPEN;

        void befall(FaultProxy way) {
            switch (this) {
                case NONE -> {}
                case SILENT -> way.swallow();
                case REPLIES_LOST -> way.dropReplies();
                case REFUSED -> way.refuse();
                case HUNDRED_MS_SLOW -> way.delay(Duration.ofMillis(50), Duration.ofMillis(50));
                case TEN_SECONDS_SLOW -> way.delay(Duration.ZERO, Duration.ofSeconds(10));
                case HALF_OPEN -> way.halfOpen();
            }
        }
    }

    /** How their calls reach Redis. */
    enum Calls {
        TOGETHER,
        EACH_BY_ITSELF
    }

    private final FaultPool pool = FaultPool.of(60_000, 2, SLOTS / 2);
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final ConcurrentLinkedQueue<Long> latenessUs = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private final LongAccumulator ownUs = new LongAccumulator(Math::max, 0);
    private final AtomicLong granted = new AtomicLong();
    private final AtomicLong denied = new AtomicLong();
    private final AtomicLong unanswered = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private final ConcurrentLinkedQueue<Throwable> unexpected = new ConcurrentLinkedQueue<>();
    private EmbeddedRedis redis;
    private FaultProxy way;
    private volatile boolean stopped;

    @BeforeEach
    void start() {
        redis = opened(EmbeddedRedis.start());
        way = opened(new FaultProxy(redis.port()));
    }

    @AfterEach
    void end() throws Exception {
        stopped = true;
        way.pass();
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T thing) {
        opened.add(thing);
        return thing;
    }

    private RedisKeyCoordinator worker(RedisKeyCoordinatorBuilder worker, Calls calls) {
        return opened(worker.combining(calls == Calls.TOGETHER)
                .closeWait(Duration.ofMillis(500))
                .build());
    }

    /** Each asks again and again, with a deadline that changes; every fourth does so by futures. */
    private void ask(RedisKeyCoordinator keys) {
        noteOwnLateness();
        for (int i = 0; i < CALLERS; i++) {
            int number = i;
            Thread thread = new Thread(() -> ask(keys, number), "caller-" + number);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    private void ask(RedisKeyCoordinator keys, int number) {
        int steps = LONGEST_MS - SHORTEST_MS;
        for (int round = 0; !stopped; round++) {
            int waitMs = SHORTEST_MS + (number * 37 + round * 101) % steps;
            LeaseRequest request = FaultPool.REQUEST.withMaxWait(Duration.ofMillis(waitMs));
            long before = System.nanoTime();
            try {
                Lease lease = number % 4 == 0 ? future(keys, request) : keys.acquire(request);
                note(before, waitMs);
                granted.incrementAndGet();
                rest(1);
                lease.settle(Outcome.unused());
            } catch (KeyUnavailableException e) {
                note(before, waitMs);
                denied.incrementAndGet();
            } catch (StoreUnavailableException e) {
                boolean atOnce = e.trouble() == Trouble.AWAY && System.nanoTime() - before < waitMs * 1_000_000L;
                if (!atOnce) {
                    note(before, waitMs);
                }
                (atOnce ? refused : unanswered).incrementAndGet();
            } catch (RuntimeException e) {
                unexpected.add(e);
            }
            rest(20);
        }
    }

    private static Lease future(RedisKeyCoordinator keys, LeaseRequest request) {
        try {
            return keys.acquireAsync(request).join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private void note(long before, int waitMs) {
        latenessUs.add((System.nanoTime() - before) / 1_000 - waitMs * 1_000L);
    }

    /** By how much this machine is late when a thread only sleeps, noted while callers are measured. */
    private void noteOwnLateness() {
        for (int i = 0; i < SLEEPERS; i++) {
            Thread thread = new Thread(
                    () -> {
                        while (!stopped) {
                            long until = System.nanoTime() + 20_000_000L;
                            rest(20);
                            ownUs.accumulate((System.nanoTime() - until) / 1_000);
                        }
                    },
                    "sleeper-" + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    private static void rest(int millis) {
        LockSupport.parkNanos(millis * 1_000_000L);
    }

    private static void run(int millis) {
        long until = System.nanoTime() + millis * 1_000_000L;
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() - until >= 0);
    }

    private void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join(LIMIT.toMillis());
            assertThat(thread.isAlive()).as("a caller is stuck").isFalse();
        }
    }

    private double latenessMs(double share) {
        long[] sorted = latenessUs.stream().mapToLong(us -> us).sorted().toArray();
        return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)] / 1_000.0;
    }

    private void report(String what) {
        assertThat(unexpected).isEmpty();
        Figure.print(
                "callers beyond their deadlines, " + what,
                "%d callers, %d times granted, %d denied, %d not answered in time, %d refused at once; of those that were not refused at once p99 %.1f ms, p99.9 %.1f ms, at most %.1f ms; threads that only sleep at most %.1f ms",
                CALLERS,
                granted.get(),
                denied.get(),
                unanswered.get(),
                refused.get(),
                latenessMs(0.99),
                latenessMs(0.999),
                latenessMs(1),
                ownUs.get() / 1_000.0);
    }

    private void assertNobodyWasLateAndNothingIsLeft(RedisKeyCoordinator keys) {
        assertNobodyWasLate();
        assertNothingIsLeft(keys);
    }

    private void assertNobodyWasLate() {
        assertThat(latenessMs(1)).isLessThan(BOUND_MS + 2 * ownUs.get() / 1_000.0);
    }

    private void assertNothingIsLeft(RedisKeyCoordinator keys) {
        way.pass();
        try (PoolState state = new PoolState(redis.uri(), pool)) {
            await().atMost(LIMIT).untilAsserted(() -> {
                assertThat(keys.storeState(FaultPool.ID).kept()).as("kept").isZero();
                assertThat(state.inFlight()).as("in_flight").isZero();
                assertThat(state.leases()).as("leases").isZero();
            });
            assertThat(state.meta("reaped")).isZero();
        }
        assertThat(keys.storeState(FaultPool.ID).dropped()).isZero();
    }

    static Stream<Arguments> faults() {
        return Stream.concat(
                Arrays.stream(Fault.values()).map(fault -> Arguments.of(Calls.TOGETHER, fault)),
                Stream.of(Fault.SILENT, Fault.HUNDRED_MS_SLOW).map(fault -> Arguments.of(Calls.EACH_BY_ITSELF, fault)));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void nobodyOutstaysItsDeadline(Calls calls, Fault fault) throws Exception {
        RedisKeyCoordinator keys = worker(pool.worker().redis(way.url()), calls);
        ask(keys);
        await().atMost(LIMIT).until(() -> granted.get() > 100);
        latenessUs.clear();
        ownUs.reset();
        fault.befall(way);
        run(FAULT_MS);
        stop();

        report(fault + ", calls " + calls);
        assertNobodyWasLateAndNothingIsLeft(keys);
    }

    /** Other code of the process has taken every connection of the client, which waits for one longer than any caller. */
    @ParameterizedTest
    @EnumSource(Calls.class)
    void nobodyOutstaysItsDeadlineWhenAllConnectionsAreTaken(Calls calls) throws Exception {
        int connections = 4;
        ConnectionPoolConfig few = new ConnectionPoolConfig();
        few.setMaxTotal(connections);
        few.setMaxWait(Duration.ofSeconds(2));
        RedisClient client = opened(RedisClient.builder()
                .hostAndPort(new HostAndPort("127.0.0.1", redis.port()))
                .clientConfig(DefaultJedisClientConfig.builder().build())
                .poolConfig(few)
                .build());
        RedisKeyCoordinator keys = worker(pool.worker().jedis(client), calls);
        ask(keys);
        await().atMost(LIMIT).until(() -> granted.get() > 100);
        List<Connection> taken = new ArrayList<>();
        // One is the subscription's.
        while (taken.size() < connections - 1) {
            taken.add(client.getPool().getResource());
        }
        latenessUs.clear();
        ownUs.reset();
        run(FAULT_MS);
        stop();

        report("all connections taken, calls " + calls);
        taken.forEach(Connection::close);
        assertNobodyWasLateAndNothingIsLeft(keys);
    }

    /** Who gives no deadline waits for Redis as long as the documents say: {@code failoverWait} and a second for an answer. */
    @Test
    void whoHasNoDeadlineWaitsForRedisNoLongerThanIsSaid() throws Exception {
        RedisKeyCoordinator keys = worker(pool.worker().redis(way.url()), Calls.TOGETHER);
        List<Lease> held = new ArrayList<>();
        for (int i = 0; i < SLOTS; i++) {
            held.add(((Granted) keys.tryAcquire(FaultPool.REQUEST)).lease());
        }
        way.swallow();
        ConcurrentLinkedQueue<Double> tookMs = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < CALLERS; i++) {
            int number = i;
            threads.add(timed(
                    () -> {
                        if (number < SLOTS) {
                            held.get(number).settle(Outcome.unused());
                        } else {
                            keys.tryAcquire(FaultPool.REQUEST);
                        }
                    },
                    tookMs));
        }
        stop();

        double longest = tookMs.stream().mapToDouble(ms -> ms).max().orElseThrow();
        Figure.print(
                "callers without a deadline, Redis falls silent",
                "%d settlements and tryAcquires at once, back after %.0f ms at most",
                CALLERS,
                longest);
        assertThat(tookMs).hasSize(CALLERS);
        assertThat(longest).isLessThan(2_000 + BOUND_MS);
        assertNothingIsLeft(keys);
    }

    private static Thread timed(Runnable call, ConcurrentLinkedQueue<Double> tookMs) {
        Thread thread = new Thread(() -> {
            long before = System.nanoTime();
            try {
                call.run();
            } catch (StoreUnavailableException expected) {
                // Redis is silent.
            }
            tookMs.add((System.nanoTime() - before) / 1e6);
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }
}
