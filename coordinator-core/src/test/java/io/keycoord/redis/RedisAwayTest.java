package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Granted;
import io.keycoord.Acquisition.Reason;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.Usage;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RedisDownPolicy;
import io.keycoord.embedded.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a worker does while Redis does not answer, and when it is back. */
class RedisAwayTest extends CoordinatorTest {
    private final LogLines log = new LogLines(StoreWatch.class);
    private final Line line = new Line();

    RedisAwayTest(TestRedis redis) {
        super(redis);
    }

    @AfterEach
    void stopListening() {
        log.close();
    }

    /** A line to the real Redis that the test cuts. */
    private final class Line implements ScriptRunner {
        private final ScriptRunner scripts = new JedisScriptRunner(jedis, false);
        private final ConcurrentMap<Script, AtomicLong> calls = new ConcurrentHashMap<>();
        volatile @Nullable Trouble cut;

        @Override
        public Reply run(Script script, String redisKey, List<String> args) {
            calls.computeIfAbsent(script, s -> new AtomicLong()).incrementAndGet();
            Trouble trouble = cut;
            if (trouble != null) {
                throw new StoreUnavailableException(script.file(), "the line is cut", trouble, null);
            }
            return scripts.run(script, redisKey, args);
        }

        long calls(Script script) {
            AtomicLong counted = calls.get(script);
            return counted == null ? 0 : counted.get();
        }

        @Override
        public void close() {}
    }

    private RedisKeyCoordinator worker(PoolConfig pool) {
        RedisKeyCoordinatorBuilder builder =
                RedisKeyCoordinator.builder().secrets(secrets(pool)).closeWait(Duration.ofMillis(100));
        return opened(new RedisKeyCoordinator(builder, line, new CoordinatorConfig(List.of(pool))));
    }

    private static PoolConfig pool() {
        return headroom(solo("a", concurrency(2)));
    }

    private static PoolConfig openPool() {
        return pool().withWhenRedisIsDown(RedisDownPolicy.OPEN);
    }

    private void refused(RedisKeyCoordinator keys) {
        assertThatThrownBy(() -> keys.tryAcquire(ONE))
                .isInstanceOfSatisfying(
                        StoreUnavailableException.class,
                        why -> assertThat(why.trouble()).isEqualTo(Trouble.AWAY));
    }

    private void repair(RedisKeyCoordinator keys) {
        line.cut = null;
        await().atMost(Duration.ofSeconds(20))
                .until(() -> !keys.storeState("test").away());
    }

    @Test
    void afterOneCallInVainNobodyWaitsForRedis() {
        RedisKeyCoordinator keys = worker(pool());
        line.cut = Trouble.AWAY;
        refused(keys);
        long asked = line.calls(Script.ACQUIRE);

        for (int i = 0; i < 50; i++) {
            refused(keys);
        }
        assertThatThrownBy(() -> keys.acquire(ONE)).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> keys.acquireAsync(ONE).join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> keys.tryAcquireAll(List.of(ONE, ONE))).isInstanceOf(StoreUnavailableException.class);

        assertThat(line.calls(Script.ACQUIRE)).isEqualTo(asked);
        assertThat(line.calls(Script.BATCH)).isZero();
        assertThat(keys.storeState("test").away()).isTrue();
        assertThat(keys.storeState("test").refused()).isGreaterThanOrEqualTo(54);
    }

    @Test
    void settlementsAreKeptWithoutACallAndAppliedOnce() {
        RedisKeyCoordinator keys = worker(pool());
        Lease first = keys.acquire(ONE);
        Lease second = keys.acquire(ONE);
        line.cut = Trouble.AWAY;
        refused(keys);
        long settled = line.calls(Script.SETTLE);

        first.secret();
        second.secret();
        first.settle(Outcome.success(Usage.tokens(1, 1)));
        second.settle(Outcome.success(Usage.tokens(1, 1)));

        assertThat(line.calls(Script.SETTLE)).isEqualTo(settled);
        assertThat(keys.storeState("test").kept()).isGreaterThanOrEqualTo(2);
        repair(keys);
        await().until(() -> keys.storeState("test").kept() == 0);
        assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight")).isEqualTo("0");
        assertThat(jedis.hget("keycoord:{test}:key:a", "calls_ok")).isEqualTo("2");
    }

    @Test
    void requestsThatWereNotSentPushOutNoSettlement() {
        RedisKeyCoordinator keys = worker(pool());
        Lease lease = keys.acquire(ONE);
        lease.secret();
        line.cut = Trouble.AWAY;
        lease.settle(Outcome.success(Usage.tokens(1, 1)));

        for (int i = 0; i < Outbox.MOST + 1; i++) {
            refused(keys);
        }

        repair(keys);
        await().until(() -> keys.storeState("test").kept() == 0);
        assertThat(keys.storeState("test").dropped()).isZero();
        assertThat(jedis.hget("keycoord:{test}:key:a", "calls_ok")).isEqualTo("1");
    }

    @Test
    void requestsThatAFullRedisHasRefusedPushOutNoSettlement() {
        RedisKeyCoordinator keys = worker(openPool());
        line.cut = Trouble.UNABLE;

        for (int i = 0; i < 100; i++) {
            keys.tryAcquire(ONE);
        }

        assertThat(keys.storeState("test").kept()).isZero();
    }

    @Test
    void leasesAreGivenAgainAsSoonAsRedisAnswers() {
        RedisKeyCoordinator keys = worker(pool());
        line.cut = Trouble.AWAY;
        refused(keys);
        refused(keys);

        repair(keys);

        assertThat(keys.tryAcquire(ONE)).isInstanceOf(Granted.class);
        await().untilAsserted(() -> assertThat(log.all()).hasSize(2));
        assertThat(log.all())
                .satisfiesExactly(
                        lost -> assertThat(lost).startsWith("WARN pool test: Redis does not answer"),
                        back -> assertThat(back)
                                .startsWith("INFO pool test: Redis answers again after ")
                                .endsWith("2 requests were refused and 0 calls went out meanwhile"));
    }

    @Test
    void anOpenPoolLetsCallsPassAndCountsThem() {
        RedisKeyCoordinator keys = worker(openPool());
        line.cut = Trouble.AWAY;

        Lease tried = ((Granted) keys.tryAcquire(ONE)).lease();
        Lease waited = keys.acquire(ONE.withMaxWait(Duration.ofMinutes(1)));
        Lease later = keys.acquireAsync(ONE).join();
        List<Lease> several = keys.tryAcquireAll(List.of(ONE, ONE)).stream()
                .map(answer -> ((Granted) answer).lease())
                .toList();

        assertThat(List.of(tried, waited, later, several.get(0), several.get(1)))
                .allMatch(Lease::isUncoordinated)
                .allSatisfy(lease -> assertThat(lease.keyId()).isEqualTo("a"));
        assertThat(((Denied) keys.tryAcquire(ONE.withoutKey("a"))).reason()).isEqualTo(Reason.NO_KEY);
        assertThat(keys.storeState("test").passed()).isEqualTo(6);
        assertThat(keys.storeState("test").refused()).isZero();
        repair(keys);
        assertThat(((Granted) keys.tryAcquire(ONE)).lease().isUncoordinated()).isFalse();
    }

    @Test
    void anOpenPoolIsOpenWhileRedisCannotWriteButClosedToWhomItRefuses() {
        RedisKeyCoordinator keys = worker(openPool());

        line.cut = Trouble.UNABLE;
        assertThat(((Granted) keys.tryAcquire(ONE)).lease().isUncoordinated()).isTrue();
        assertThat(keys.storeState("test").away()).isFalse();

        line.cut = Trouble.NO_ACCESS;
        assertThatThrownBy(() -> keys.tryAcquire(ONE)).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void aFullRedisIsAskedForEachRequestAndTakesSettlements() {
        RedisKeyCoordinator keys = worker(pool());
        Lease lease = keys.acquire(ONE);
        line.cut = Trouble.UNABLE;
        assertThatThrownBy(() -> keys.tryAcquire(ONE)).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> keys.tryAcquire(ONE)).isInstanceOf(StoreUnavailableException.class);
        assertThat(line.calls(Script.ACQUIRE)).isEqualTo(3);
        line.cut = null;

        lease.settle(Outcome.success(Usage.tokens(1, 1)));

        assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight")).isEqualTo("0");
        assertThat(log.all()).isEmpty();
    }

    @Test
    void closingWhileRedisIsAwayWaitsForNobody() {
        RedisKeyCoordinator keys = worker(pool());
        Lease lease = keys.acquire(LeaseRequest.of("test"));
        line.cut = Trouble.AWAY;
        refused(keys);
        lease.settle(Outcome.success(Usage.tokens(1, 1)));
        long settled = line.calls(Script.SETTLE);

        keys.close();

        assertThat(line.calls(Script.SETTLE)).isEqualTo(settled);
        assertThat(keys.storeState("test").kept()).isPositive();
    }
}
