package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Granted;
import io.keycoord.Acquisition.Reason;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.Usage;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.embedded.TestRedis;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Many threads of one worker, and many requests of one caller, on a real Redis. */
class CombinedCallsTest extends CoordinatorTest {
    private static final int THREADS = 16;
    private static final int CYCLES = 60;
    /** Of which each that fails waits until Redis is asked again. */
    private static final int FAILING_CYCLES = 20;

    CombinedCallsTest(TestRedis redis) {
        super(redis);
    }

    /** Counts the calls, and hands on what a test does not keep from the caller. */
    private final class Counted implements ScriptRunner {
        private final ScriptRunner scripts = new JedisScriptRunner(jedis, false);
        final AtomicLong calls = new AtomicLong();
        final AtomicBoolean losesBatches = new AtomicBoolean();

        @Override
        public Reply run(Script script, String redisKey, List<String> args) {
            Reply reply = scripts.run(script, redisKey, args);
            if (script == Script.ACQUIRE || script == Script.SETTLE || script == Script.BATCH) {
                calls.incrementAndGet();
            }
            if (script == Script.BATCH && losesBatches.get()) {
                throw new StoreUnavailableException("batch", new IllegalStateException("the reply was lost"));
            }
            return reply;
        }

        @Override
        public void close() {}
    }

    private RedisKeyCoordinator coordinator(PoolConfig pool, ScriptRunner scripts, boolean combining) {
        RedisKeyCoordinatorBuilder builder = RedisKeyCoordinator.builder()
                .secrets(secrets(pool))
                .combining(combining)
                .closeWait(Duration.ofMillis(100));
        return opened(new RedisKeyCoordinator(builder, scripts, new CoordinatorConfig(List.of(pool))));
    }

    private static PoolConfig wide() {
        return headroom(
                solo("a", limits(perMinute(100_000), perMinute(1_000_000), 50)),
                solo("b", limits(perMinute(100_000), perMinute(1_000_000), 50)));
    }

    /** All threads acquire and settle; how many failed. */
    private static int cycles(RedisKeyCoordinator keys, int threads, int cycles) throws Exception {
        AtomicInteger failed = new AtomicInteger();
        Callable<Void> loop = () -> {
            for (int i = 0; i < cycles; i++) {
                try (Lease lease = keys.acquire(ONE)) {
                    assertThat(lease.secret()).isNotNull();
                    lease.settle(Outcome.success(Usage.tokens(1, 0)));
                } catch (StoreUnavailableException e) {
                    failed.incrementAndGet();
                    await().pollInterval(Duration.ofMillis(10))
                            .until(() -> !keys.storeState("test").away());
                }
            }
            return null;
        };
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            for (Future<Void> future : pool.invokeAll(Collections.nCopies(threads, loop))) {
                future.get();
            }
        } finally {
            pool.shutdownNow();
        }
        return failed.get();
    }

    private long inFlight() {
        return List.of("a", "b").stream()
                .mapToLong(key -> Long.parseLong(jedis.hget("keycoord:{test}:key:" + key, "in_flight")))
                .sum();
    }

    private long settledWell() {
        return List.of("a", "b").stream()
                .mapToLong(key -> Long.parseLong(jedis.hget("keycoord:{test}:key:" + key, "calls_ok")))
                .sum();
    }

    @Test
    void manyThreadsNeedFewerCallsThanCyclesAndLoseNothing() throws Exception {
        Counted scripts = new Counted();
        RedisKeyCoordinator keys = coordinator(wide(), scripts, true);

        assertThat(cycles(keys, THREADS, CYCLES)).isZero();

        System.out.printf(
                "calls a cycle with %d threads: %.2f%n", THREADS, scripts.calls.get() / (double) (THREADS * CYCLES));
        assertThat(scripts.calls.get()).isLessThan(THREADS * CYCLES);
        assertThat(inFlight()).isZero();
        assertThat(jedis.hlen("keycoord:{test}:holders")).isEqualTo(1);
    }

    @Test
    void oneThreadMakesTwoCallsACycleAndSoDoManyThatDoNotCombine() throws Exception {
        Counted alone = new Counted();
        cycles(coordinator(wide(), alone, true), 1, CYCLES);
        Counted plain = new Counted();
        cycles(coordinator(wide(), plain, false), 4, CYCLES);

        assertThat(alone.calls.get()).isEqualTo(2 * CYCLES);
        assertThat(plain.calls.get()).isGreaterThanOrEqualTo(2 * 4 * CYCLES);
    }

    @Test
    void noBatchWhoseReplyIsLostLosesASettlementOrKeepsASlot() throws Exception {
        Counted scripts = new Counted();
        RedisKeyCoordinator keys = coordinator(wide(), scripts, true);
        scripts.losesBatches.set(true);

        int failed = cycles(keys, THREADS, FAILING_CYCLES);
        scripts.losesBatches.set(false);

        assertThat(failed).isPositive();
        await().atMost(Duration.ofSeconds(20)).until(() -> inFlight() == 0);
        assertThat(settledWell()).isEqualTo((long) THREADS * FAILING_CYCLES - failed);
        assertThat(jedis.hlen("keycoord:{test}:holders")).isEqualTo(1);
    }

    @Test
    void severalRequestsAreAnsweredInTheirOrderByOneCall() {
        Counted scripts = new Counted();
        RedisKeyCoordinator keys = coordinator(headroom(solo("a", concurrency(2))), scripts, true);

        List<Acquisition> answers =
                keys.tryAcquireAll(List.of(ONE, ONE.withModel("m").withoutKey("a"), ONE, ONE));

        assertThat(scripts.calls).hasValue(1);
        assertThat(answers.get(0)).isInstanceOf(Granted.class);
        assertThat(((Denied) answers.get(1)).reason()).isEqualTo(Reason.NO_KEY);
        assertThat(answers.get(2)).isInstanceOf(Granted.class);
        assertThat(((Denied) answers.get(3)).reason()).isEqualTo(Reason.CONCURRENCY);
        answers.forEach(answer -> {
            if (answer instanceof Granted granted) {
                granted.lease().close();
            }
        });
        assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight")).isEqualTo("0");
    }

    @Test
    void requestsBeyondSixtyFourTakeAnotherCall() {
        Counted scripts = new Counted();
        RedisKeyCoordinator keys = coordinator(headroom(solo("a", concurrency(200))), scripts, true);

        assertThat(keys.tryAcquireAll(Collections.nCopies(65, ONE))).hasSize(65).allMatch(Granted.class::isInstance);
        assertThat(scripts.calls).hasValue(2);
        assertThat(keys.tryAcquireAll(List.of())).isEmpty();
    }

    @Test
    void whenRedisDoesNotAnswerAllThatWasAskedForIsGivenBack() {
        Counted scripts = new Counted();
        RedisKeyCoordinator keys = coordinator(headroom(solo("a", concurrency(9))), scripts, true);
        scripts.losesBatches.set(true);

        assertThatThrownBy(() -> keys.tryAcquireAll(List.of(ONE, ONE))).isInstanceOf(StoreUnavailableException.class);

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight"))
                        .isEqualTo("0"));
    }

    @Test
    void requestsOfTwoPoolsAreRefused() {
        RedisKeyCoordinator keys = coordinator(wide(), new Counted(), true);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.tryAcquireAll(List.of(ONE, LeaseRequest.of("other"))))
                .withMessage("requests[1] is of pool other, expected test as the first");
    }

    @Test
    void afterCloseAllAreDeniedWithoutACall() {
        Counted scripts = new Counted();
        RedisKeyCoordinator keys = coordinator(wide(), scripts, true);
        keys.close();

        assertThat(keys.tryAcquireAll(List.of(ONE, ONE)))
                .allSatisfy(answer -> assertThat(((Denied) answer).reason()).isEqualTo(Reason.CLOSED));
        assertThat(scripts.calls).hasValue(0);
    }
}
