package io.keycoord.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition.Granted;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.Usage;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.integration.faults.Sample.Kind;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.redis.StoreState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The way to Redis is slow, silent or broken, and then well again. */
@Tag("proof")
class RedisAwayIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final double LONGEST_WAIT_MS = 15_000;
    private static final int BEFORE_MS = 2_000;
    private static final int FAULT_MS = 4_000;
    private static final int HELD = 4;
    /** Each of the threads asks about 40 times a second. */
    private static final Load.Plan STEADY = new Load.Plan(8, 5, 20, 0);

    /** What befalls the way; each but RESET and HALF_OPEN lasts until it is repaired. */
    enum Fault {
        BLACK_HOLE,
        REPLIES_LOST,
        REFUSED,
        TEN_SECONDS_SLOW,
        RESET,
        HALF_OPEN;

        boolean lasts() {
            return this != RESET && this != HALF_OPEN;
        }

        void befall(FaultProxy way) {
            switch (this) {
                case BLACK_HOLE -> way.swallow();
                case REPLIES_LOST -> way.dropReplies();
                case REFUSED -> way.refuse();
                case TEN_SECONDS_SLOW -> way.delay(Duration.ZERO, Duration.ofSeconds(10));
                case RESET -> way.reset();
                case HALF_OPEN -> way.halfOpen();
            }
        }
    }

    private final List<AutoCloseable> opened = new ArrayList<>();
    private EmbeddedRedis redis;
    private FaultProxy way;

    @BeforeEach
    void start() {
        redis = opened(EmbeddedRedis.start());
        way = opened(new FaultProxy(redis.port()));
    }

    @AfterEach
    void end() throws Exception {
        way.pass();
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T thing) {
        opened.add(thing);
        return thing;
    }

    private static List<Lease> hold(RedisKeyCoordinator keys, int wanted) {
        List<Lease> held = new ArrayList<>();
        for (int i = 0; i < wanted; i++) {
            Lease lease = ((Granted) keys.tryAcquire(FaultPool.REQUEST)).lease();
            lease.secret();
            held.add(lease);
        }
        return held;
    }

    /** Until so much time of this load has gone by. */
    private static void run(int millis) {
        long until = System.nanoTime() + millis * 1_000_000L;
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() - until >= 0);
    }

    private static List<Sample> between(List<Sample> samples, long fromMs, long untilMs) {
        return samples.stream()
                .filter(s -> s.atMs() >= fromMs && s.atMs() < untilMs)
                .toList();
    }

    /** Grants a second. */
    private static double goodput(List<Sample> samples, long fromMs, long untilMs) {
        return Sample.count(between(samples, fromMs, untilMs), Kind.GRANTED) * 1_000.0 / (untilMs - fromMs);
    }

    /** How long after the repair the first second began that had 95 % of the former grants; in milliseconds. */
    private static long backAfterMs(List<Sample> samples, long repairedMs, long untilMs, double former) {
        for (long from = repairedMs; from + 1_000 <= untilMs; from += 100) {
            if (goodput(samples, from, from + 1_000) >= 0.95 * former) {
                return from - repairedMs;
            }
        }
        return -1;
    }

    private void assertNothingIsLeft(PoolState state, RedisKeyCoordinator keys, long settled) {
        await().atMost(LIMIT).until(() -> keys.storeState(FaultPool.ID).kept() == 0);
        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(state.inFlight()).as("in_flight").isZero();
            assertThat(state.leases()).as("leases").isZero();
        });
        assertThat(keys.storeState(FaultPool.ID).dropped()).isZero();
        assertThat(state.callsOk()).as("settlements, each applied once").isEqualTo(settled);
        assertThat(state.meta("reaped")).isZero();
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void nobodyWaitsForLongAndNoSettlementIsLost(Fault fault) throws Exception {
        FaultPool pool = FaultPool.of(60_000, 2, 40);
        RedisKeyCoordinator keys = opened(pool.worker(way.url()));
        PoolState state = opened(new PoolState(redis.uri(), pool));
        List<Lease> held = hold(keys, HELD);
        Load load = Load.start(keys, STEADY);
        run(1_000);
        long began = System.currentTimeMillis();
        run(BEFORE_MS);

        long broken = System.currentTimeMillis();
        fault.befall(way);
        run(FAULT_MS / 2);
        held.forEach(lease -> lease.settle(Outcome.success(Usage.tokens(1, 1))));
        run(FAULT_MS / 2);
        StoreState during = keys.storeState(FaultPool.ID);
        way.pass();
        long repaired = System.currentTimeMillis();
        double former = goodput(load.samples(), began, broken);
        long since = fault.lasts() ? repaired : broken;
        await().atMost(LIMIT).until(() -> backAfterMs(load.samples(), since, System.currentTimeMillis(), former) >= 0);
        boolean ended = load.stop(LIMIT);

        List<Sample> all = load.samples();
        long back = backAfterMs(all, since, System.currentTimeMillis(), former);
        List<Sample> refused = Sample.of(between(all, broken, Long.MAX_VALUE), Kind.UNAVAILABLE);
        Figure.print(
                fault.name(),
                "%.0f grants/s before; longest wait %.0f ms; %d refused, p50 %.2f ms, p99 %.2f ms; %d granted meanwhile, p99 %.0f ms; 95%% of the former within %d ms + 1 s",
                former,
                Sample.longestMs(between(all, broken, Long.MAX_VALUE)),
                refused.size(),
                Sample.percentileMs(refused, 0.5),
                Sample.percentileMs(refused, 0.99),
                Sample.count(between(all, broken, repaired), Kind.GRANTED),
                Sample.percentileMs(Sample.of(between(all, broken, repaired), Kind.GRANTED), 0.99),
                back);
        assertThat(ended).as("all threads have come back").isTrue();
        assertThat(Sample.longestMs(all)).isLessThan(LONGEST_WAIT_MS);
        assertThat(Sample.count(all, Kind.FAILED)).isZero();
        if (fault.lasts()) {
            assertThat(during.away()).isTrue();
            assertThat(during.kept()).isGreaterThanOrEqualTo(HELD);
            assertThat(refused).hasSizeGreaterThan(50);
            assertThat(Sample.percentileMs(refused, 0.5)).isLessThan(100);
        }
        assertNothingIsLeft(state, keys, load.settled() + HELD);
    }

    @Test
    void anOpenPoolGoesOn() throws Exception {
        FaultPool pool = FaultPool.of(60_000, 2, 40).open();
        RedisKeyCoordinator keys = opened(pool.worker(way.url()));
        PoolState state = opened(new PoolState(redis.uri(), pool));
        Load load = Load.start(keys, STEADY);
        run(1_000);

        long broken = System.currentTimeMillis();
        way.swallow();
        run(FAULT_MS);
        long repaired = System.currentTimeMillis();
        way.pass();
        await().atMost(LIMIT).until(() -> !keys.storeState(FaultPool.ID).away());
        run(500);

        assertThat(load.stop(LIMIT)).isTrue();
        List<Sample> during = between(load.samples(), broken, repaired);
        Figure.print(
                "open pool, black hole of " + FAULT_MS + " ms",
                "%d calls went on without limits, longest wait %.0f ms, %d failed",
                Sample.count(during, Kind.PASSED),
                Sample.longestMs(load.samples()),
                Sample.count(load.samples(), Kind.UNAVAILABLE));
        assertThat(Sample.count(during, Kind.PASSED)).isGreaterThan(50);
        assertThat(Sample.count(load.samples(), Kind.UNAVAILABLE)).isZero();
        assertThat(Sample.count(load.samples(), Kind.FAILED)).isZero();
        assertThat(Sample.longestMs(load.samples())).isLessThan(LONGEST_WAIT_MS);
        assertNothingIsLeft(state, keys, load.settled());
    }

    @Test
    void aSlowRedisIsWaitedFor() throws Exception {
        FaultPool pool = FaultPool.of(60_000, 2, 40);
        RedisKeyCoordinator keys = opened(pool.worker(way.url()));
        PoolState state = opened(new PoolState(redis.uri(), pool));
        Load load = Load.start(keys, STEADY);
        run(1_000);
        way.delay(Duration.ofMillis(50), Duration.ofMillis(50));
        run(BEFORE_MS);

        assertThat(load.stop(LIMIT)).isTrue();
        List<Sample> slow =
                load.samples().stream().filter(s -> s.tookUs() >= 100_000).toList();
        Figure.print(
                "latency of 100 ms",
                "%d calls, none failed, wait p50 %.0f ms, p99 %.0f ms, at most %.0f ms",
                slow.size(),
                Sample.percentileMs(slow, 0.5),
                Sample.percentileMs(slow, 0.99),
                Sample.longestMs(slow));
        assertThat(slow).isNotEmpty();
        assertThat(load.samples()).extracting(Sample::kind).containsOnly(Kind.GRANTED, Kind.SETTLED);
        way.pass();
        assertNothingIsLeft(state, keys, load.settled());
    }

    /** By how much callers who wait for a slot outstay the time they gave themselves. */
    @Test
    void whoWaitsForASlotGivesUpInTime() throws Exception {
        FaultPool pool = FaultPool.of(60_000, 1, 2);
        RedisKeyCoordinator keys = opened(pool.worker(way.url()));
        int maxWaitMs = 300;
        hold(keys, 2);
        Load load = Load.start(keys, new Load.Plan(16, 0, 10, maxWaitMs));
        run(BEFORE_MS);
        long broken = System.currentTimeMillis();
        way.swallow();
        run(BEFORE_MS);

        assertThat(load.stop(LIMIT)).isTrue();
        List<Sample> before = between(load.samples(), 0, broken);
        List<Sample> after = between(load.samples(), broken, Long.MAX_VALUE);
        Figure.print(
                "callers beyond their deadline of " + maxWaitMs + " ms",
                "with Redis p99 %.0f ms, at most %.0f ms; when it falls silent at most %.0f ms",
                Sample.percentileMs(before, 0.99) - maxWaitMs,
                Sample.longestMs(before) - maxWaitMs,
                Sample.longestMs(after) - maxWaitMs);
        assertThat(before).extracting(Sample::kind).containsOnly(Kind.DENIED);
        assertThat(Sample.longestMs(load.samples())).isLessThan(LONGEST_WAIT_MS);
    }

    @Test
    void aWorkerThatIsCutOffLosesItsSlotsToOthers() throws Exception {
        FaultPool pool = FaultPool.of(1_000, 2, 5);
        PoolState state = opened(new PoolState(redis.uri(), pool));
        RedisKeyCoordinator others = opened(pool.worker(redis.uri().toString()));
        try (WorkerJvm worker = WorkerJvm.start(way.url(), pool)) {
            worker.await("ready");
            worker.hold(pool.allSlots());
            long cut = System.nanoTime();
            way.swallow();
            List<Lease> taken = new ArrayList<>();
            await().atMost(LIMIT).pollInterval(Duration.ofMillis(10)).until(() -> {
                while (others.tryAcquire(FaultPool.REQUEST) instanceof Granted granted) {
                    taken.add(granted.lease());
                }
                return taken.size() >= pool.allSlots();
            });
            Figure.print(
                    "a worker is cut off",
                    "others have its slots after %.0f ms (TTL 1000 ms)",
                    (System.nanoTime() - cut) / 1e6);
            worker.order("settle 1");
            worker.await("settled");
            way.pass();
            await().atMost(LIMIT).until(() -> {
                worker.order("state");
                return worker.await("StoreState").contains("away=false");
            });

            assertThat(state.inFlight()).isEqualTo(pool.allSlots());
            taken.forEach(lease -> lease.settle(Outcome.unused()));
            assertThat(state.inFlight()).isZero();
            assertThat(state.leastInFlight()).isZero();
        }
    }
}
