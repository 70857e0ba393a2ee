package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition.Reason;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RedisDownPolicy;
import io.keycoord.embedded.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Redis does what it is told, and its replies come later than callers can wait. */
@Timeout(60)
class SlowRepliesTest extends CoordinatorTest {
    private static final LeaseRequest HURRIED = ONE.withMaxWait(Duration.ofMillis(500));

    private final HeldLine line = new HeldLine();

    SlowRepliesTest(TestRedis redis) {
        super(redis);
    }

    /** The real Redis; while it is held, replies to acquires are kept back. */
    private final class HeldLine implements ScriptRunner {
        private final ScriptRunner scripts = new JedisScriptRunner(jedis, false);
        final AtomicInteger keptBack = new AtomicInteger();
        private volatile @Nullable CountDownLatch held;

        void hold() {
            held = new CountDownLatch(1);
        }

        void release() {
            CountDownLatch latch = held;
            held = null;
            if (latch != null) {
                latch.countDown();
            }
        }

        @Override
        public Reply run(Script script, String redisKey, List<String> args) {
            Reply reply = scripts.run(script, redisKey, args);
            CountDownLatch latch = held;
            if (latch != null && script == Script.ACQUIRE) {
                keptBack.incrementAndGet();
                awaitUninterruptibly(latch);
            }
            return reply;
        }

        private static void awaitUninterruptibly(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {}
    }

    @AfterEach
    void release() {
        line.release();
    }

    private RedisKeyCoordinator worker(PoolConfig pool, boolean combining) {
        RedisKeyCoordinatorBuilder builder = RedisKeyCoordinator.builder()
                .secrets(secrets(pool))
                .combining(combining)
                .closeWait(Duration.ofMillis(100));
        return opened(new RedisKeyCoordinator(builder, line, new CoordinatorConfig(List.of(pool))));
    }

    private static PoolConfig pool(int slots) {
        return headroom(solo("a", concurrency(slots)));
    }

    /** How callers ask who have so much time. */
    enum Caller {
        THREAD,
        FUTURE;

        Lease lease(RedisKeyCoordinator keys, LeaseRequest request) {
            try {
                return this == THREAD
                        ? keys.acquire(request)
                        : keys.acquireAsync(request).join();
            } catch (CompletionException e) {
                throw (RuntimeException) e.getCause();
            }
        }
    }

    private String inFlight() {
        return jedis.hget("keycoord:{test}:key:a", "in_flight");
    }

    @ParameterizedTest
    @EnumSource(Caller.class)
    void aLeaseThatComesAfterItsCallerHasGoneIsGivenBack(Caller caller) {
        for (boolean combining : new boolean[] {true, false}) {
            RedisKeyCoordinator keys = worker(pool(2), combining);
            line.hold();

            Throwable late = catchThrowable(() -> caller.lease(keys, HURRIED));

            assertThat(late)
                    .isInstanceOfSatisfying(
                            StoreUnavailableException.class,
                            why -> assertThat(why.trouble()).isEqualTo(Trouble.LATE));
            await().untilAsserted(() -> assertThat(inFlight()).isEqualTo("1"));
            line.release();
            await().untilAsserted(() -> assertThat(inFlight()).isEqualTo("0"));
            assertThat(keys.storeState("test").away()).isFalse();
            assertThat(keys.storeState("test").kept()).isZero();
            keys.acquire(ONE).settle(Outcome.unused());
        }
    }

    @ParameterizedTest
    @EnumSource(Caller.class)
    void whoWasDeniedBeforeStaysDenied(Caller caller) {
        RedisKeyCoordinator keys = worker(pool(1).withWhenRedisIsDown(RedisDownPolicy.OPEN), true);
        Lease taken = keys.acquire(ONE);
        CompletableFuture<Lease> waits =
                CompletableFuture.supplyAsync(() -> caller.lease(keys, ONE.withMaxWait(Duration.ofSeconds(2))));
        await().until(() -> jedis.hlen("keycoord:{test}:waiters") > 1);
        line.hold();

        assertThatThrownBy(waits::join)
                .cause()
                .isInstanceOfSatisfying(
                        KeyUnavailableException.class,
                        why -> assertThat(why.reason()).isEqualTo(Reason.CONCURRENCY));

        line.release();
        taken.settle(Outcome.unused());
    }

    @ParameterizedTest
    @EnumSource(Caller.class)
    void anOpenPoolServesWhomRedisHasNotAnsweredInTime(Caller caller) {
        RedisKeyCoordinator keys = worker(pool(1).withWhenRedisIsDown(RedisDownPolicy.OPEN), true);
        line.hold();

        Lease lease = caller.lease(keys, HURRIED);

        assertThat(lease.isUncoordinated()).isTrue();
        assertThat(keys.storeState("test").passed()).isOne();
        line.release();
        lease.settle(Outcome.unused());
        await().untilAsserted(() -> assertThat(inFlight()).isEqualTo("0"));
    }

    @ParameterizedTest
    @EnumSource(Caller.class)
    void whoWaitsForNoKeyWaitsForRedis(Caller caller) {
        RedisKeyCoordinator keys = worker(pool(1), true);
        line.hold();
        CompletableFuture<Lease> lease =
                CompletableFuture.supplyAsync(() -> caller.lease(keys, ONE.withMaxWait(Duration.ZERO)));
        await().until(() -> line.keptBack.get() == 1);
        assertThat(catchThrowable(() -> keys.acquire(HURRIED))).isInstanceOf(StoreUnavailableException.class);

        line.release();

        lease.join().settle(Outcome.unused());
    }

    @Test
    void redisIsToldThatNobodyWaitsWhoseDenialComesTooLate() {
        RedisKeyCoordinator keys = worker(pool(1), true);
        Lease taken = keys.acquire(ONE);
        line.hold();
        assertThat(catchThrowable(() -> keys.acquire(HURRIED))).isInstanceOf(StoreUnavailableException.class);
        await().until(() -> jedis.hlen("keycoord:{test}:waiters") > 1);

        line.release();

        // It would forget by itself after three seconds.
        await().atMost(Duration.ofSeconds(2)).until(() -> jedis.hlen("keycoord:{test}:waiters") == 1);
        taken.settle(Outcome.unused());
    }

    @Test
    void aWorkerThatEndsGivesBackWhatCameTooLate() {
        RedisKeyCoordinator keys = worker(pool(2), true);
        line.hold();
        assertThat(catchThrowable(() -> keys.acquire(HURRIED))).isInstanceOf(StoreUnavailableException.class);
        await().untilAsserted(() -> assertThat(inFlight()).isEqualTo("1"));

        line.release();
        keys.close();

        assertThat(inFlight()).isEqualTo("0");
    }
}
