package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Reason;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.Secrets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What workers do while an operator has switched a pool. */
class SwitchTest extends ScriptTest {
    private static final LeaseRequest ONE = LeaseRequest.of("test");
    private static final String SECRET = "canary-0123456789-abcdefghij";

    private final List<RedisKeyCoordinator> open = new ArrayList<>();
    private PoolOperator operator;

    @BeforeEach
    void operator() {
        operator = PoolOperator.connect(uri.toString(), "ops");
    }

    @AfterEach
    void close() {
        open.forEach(RedisKeyCoordinator::close);
        operator.close();
    }

    private RedisKeyCoordinator coordinator(PoolConfig pool, String... secrets) {
        RedisKeyCoordinator keys = RedisKeyCoordinator.builder()
                .redis(uri.toString())
                .config(CoordinatorConfig.of(pool))
                .secrets(Secrets.of(Stream.of(secrets).collect(Collectors.toMap(id -> id, id -> SECRET + id))))
                .closeWait(Duration.ofMillis(200))
                .build();
        open.add(keys);
        return keys;
    }

    private void switchTo(PoolSwitch to) {
        assertThat(operator.switchTo("test", to, "planned")).isPresent();
    }

    @Test
    void aPoolThatIsOffFailsAtOnce() {
        RedisKeyCoordinator keys = coordinator(headroom(solo("a", concurrency(9))), "a");
        switchTo(PoolSwitch.DENY);

        KeyUnavailableException thrown = catchThrowableOfType(
                KeyUnavailableException.class, () -> keys.acquire(ONE.withMaxWait(Duration.ofHours(1))));

        assertThat(thrown.reason()).isEqualTo(Reason.SWITCHED_OFF);
        assertThat(thrown.reason().isFinal()).isFalse();
        assertThat(thrown.retryAfter()).isZero();
        assertThat(catchThrowableOfType(
                        CompletionException.class, () -> keys.acquireAsync(ONE).join()))
                .hasCauseInstanceOf(KeyUnavailableException.class);
        assertThat(keys.switchedCalls("test").denied()).isEqualTo(2);

        switchTo(PoolSwitch.NORMAL);
        keys.acquire(ONE).close();
    }

    @Test
    void whoWaitsForItsStartIsToldThatThePoolIsOff() throws Exception {
        RedisKeyCoordinator keys =
                coordinator(headroom(solo("a", requests(rate(1, Duration.ofHours(1), Mode.BUCKET)))), "a");
        keys.acquire(ONE).settle(Outcome.successWithoutUsage());
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<KeyUnavailableException> waiting = thread.submit(() -> catchThrowableOfType(
                    KeyUnavailableException.class, () -> keys.acquire(ONE.withMaxWait(Duration.ofHours(2)))));
            await().until(() -> jedis.zcard("keycoord:{test}:leases") == 2);

            switchTo(PoolSwitch.DENY);
            keys.tryAcquire(ONE);

            assertThat(waiting.get().reason()).isEqualTo(Reason.SWITCHED_OFF);
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void anOpenPoolLendsTheWorkersOwnKeysInTurnWithoutLimits() {
        RedisKeyCoordinator keys = coordinator(
                headroom(account("x", requests(perMinute(1)), "a", "b"), solo("c", requests(perMinute(1)))), "a", "c");
        switchTo(PoolSwitch.OPEN);

        List<String> used = Stream.generate(() -> keys.acquire(ONE))
                .limit(6)
                .peek(lease -> {
                    assertThat(lease.isUncoordinated()).isTrue();
                    assertThat(lease.secret().hint()).startsWith("…");
                    lease.settle(Outcome.successWithoutUsage());
                })
                .map(Lease::keyId)
                .toList();

        assertThat(used).containsExactly("a", "c", "a", "c", "a", "c");
        assertThat(jedis.hgetAll("keycoord:{test}:holders")).containsOnlyKeys("-");
        assertThat(jedis.hget("keycoord:{test}:meta", "seq"))
                .as("only the switch has written")
                .isEqualTo("1");
        assertThat(keys.switchedCalls("test").passed()).isEqualTo(6);
        try (Lease other = keys.acquireAsync(ONE.withoutKey("a")).join()) {
            assertThat(other.keyId()).isEqualTo("c");
            assertThat(other.accountId()).isEqualTo("c");
        }
        Denied none = (Denied) keys.tryAcquire(ONE.withoutKey("a").withoutAccount("c"));
        assertThat(none.reason()).isEqualTo(Reason.NO_KEY);

        switchTo(PoolSwitch.NORMAL);
        try (Lease lease = keys.acquire(ONE)) {
            assertThat(lease.isUncoordinated()).isFalse();
        }
    }

    @Test
    void closingWaitsForCallsThatRedisDoesNotKnowOf() {
        RedisKeyCoordinator keys = coordinator(headroom(solo("a", concurrency(1))), "a");
        switchTo(PoolSwitch.OPEN);
        Lease held = keys.acquire(ONE);
        assertThat(held.renew()).isTrue();
        long start = System.nanoTime();

        keys.close();

        assertThat(System.nanoTime() - start)
                .isGreaterThanOrEqualTo(Duration.ofMillis(200).toNanos());
        held.close();
        assertThat(held.renew()).isFalse();
    }

    @Test
    void theShadowLetsPassAndCountsWhatItWouldDeny() {
        RedisKeyCoordinator keys = coordinator(headroom(solo("a", requests(perMinute(2)))), "a");
        switchTo(PoolSwitch.SHADOW);

        List<Boolean> uncoordinated = Stream.generate(() -> keys.acquire(ONE))
                .limit(5)
                .peek(lease -> lease.settle(Outcome.successWithoutUsage()))
                .map(Lease::isUncoordinated)
                .toList();

        assertThat(uncoordinated).containsExactly(false, false, true, true, true);
        assertThat(keys.switchedCalls("test").wouldDeny()).isEqualTo(Map.of(Reason.RATE_LIMITED, 3L));
    }

    @Test
    void theOperatorIsToldWhatWasAndWhatIs() {
        coordinator(headroom(solo("a", concurrency(1))), "a");

        assertThat(operator.switchTo("test", PoolSwitch.OPEN, "planned"))
                .contains(new PoolChange("test", PoolSwitch.NORMAL, PoolSwitch.OPEN, true));
        assertThat(operator.switchTo("test", PoolSwitch.OPEN, "planned"))
                .contains(new PoolChange("test", PoolSwitch.OPEN, PoolSwitch.OPEN, false));
        assertThat(operator.switchTo("nowhere", PoolSwitch.OPEN, "planned")).isEmpty();
        try (PoolInspector inspector = PoolInspector.connect(uri.toString())) {
            assertThat(inspector.pool("test").orElseThrow().switchedTo()).isEqualTo("open");
        }
    }
}
