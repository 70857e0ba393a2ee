package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Reason;
import io.keycoord.Dimension;
import io.keycoord.KeyCoordinator;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.ReportedLimit;
import io.keycoord.StoreUnavailableException;
import io.keycoord.Usage;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.embedded.TestRedis;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** {@link RedisKeyCoordinator} on a real Redis and the real clock. */
class RedisKeyCoordinatorTest extends CoordinatorTest {
    RedisKeyCoordinatorTest(TestRedis redis) {
        super(redis);
    }

    @Test
    void leasesAKeyAndSettlesIt() {
        KeyCoordinator keys = coordinator(headroom(solo("a", limits(perMinute(60), perMinute(1000), 2))));

        try (Lease lease = keys.acquire(ONE.withTokens(100, 400))) {
            assertThat(lease.keyId()).isEqualTo("a");
            assertThat(lease.secret().reveal()).isEqualTo(SECRET + "a");
            lease.settle(Outcome.success(Usage.tokens(100, 100)));
        }

        assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight")).isEqualTo("0");
        assertThat(Long.parseLong(jedis.hget("keycoord:{test}:key:a", "tokens_left")))
                .isBetween(800L, 1000L);
    }

    @Test
    void learnsFromWhatAnAnswerSaysOfTheAccountsLimits() {
        KeyCoordinator keys = coordinator(headroom(solo("a", limits(perMinute(60), perMinute(1000), 2))));
        ReportedLimit tokens = new ReportedLimit(Dimension.TOKENS, Duration.ofMinutes(1), OptionalLong.of(500), 7);

        keys.acquire(ONE)
                .settle(Outcome.successWithoutUsage()
                        .withReported(List.of(tokens))
                        .withSlowDown());

        Map<String, String> key = jedis.hgetAll("keycoord:{test}:key:a");
        assertThat(Long.parseLong(key.get("tokens_left"))).isBetween(7L, 999L);
        assertThat(key.get("pace")).contains("tokens:4:", "requests:4:");
    }

    @Test
    void aModelThatHasNoCapacityRestsForAllWorkersAndOthersGoOn() {
        PoolConfig pool = headroom(solo("a", requests(perMinute(60))), solo("b", requests(perMinute(60))));
        KeyCoordinator one = coordinator(pool);
        KeyCoordinator other = coordinator(pool);
        Outcome busy =
                Outcome.rateLimited(new Outcome.Block(Outcome.Scope.ENDPOINT, Duration.ofMinutes(1)), "capacity");

        one.acquire(ONE.withModel("busy")).settle(busy);

        Acquisition answer = other.tryAcquire(ONE.withModel("busy"));
        assertThat(answer).isInstanceOfSatisfying(Acquisition.Denied.class, denied -> {
            assertThat(denied.reason()).isEqualTo(Acquisition.Reason.ENDPOINT);
            assertThat(denied.retryAfter()).isBetween(Duration.ofSeconds(50), Duration.ofMinutes(1));
        });
        assertThat(other.tryAcquire(ONE.withModel("free"))).isInstanceOf(Acquisition.Granted.class);
    }

    @Test
    void closingALeaseWhoseSecretWasNotReadGivesEverythingBack() {
        KeyCoordinator keys = coordinator(headroom(solo("a", requests(perMinute(1)))));
        keys.acquire(ONE).close();

        try (Lease again = keys.tryAcquire(ONE).orElseThrow()) {
            assertThat(again.secret().hint()).isEqualTo("…hija");
        }
        assertThat(keys.tryAcquire(ONE))
                .as("the charge of a lease whose secret was read is kept")
                .isInstanceOf(Denied.class);
    }

    @Test
    void deniesWithReasonAndRetry() {
        KeyCoordinator keys = coordinator(headroom(solo("a", requests(perMinute(1)))));
        keys.tryAcquire(ONE).orElseThrow();

        Denied denied = (Denied) keys.tryAcquire(ONE);

        assertThat(denied.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(denied.retryAfter()).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60));
        KeyUnavailableException thrown = catchThrowableOfType(
                KeyUnavailableException.class, () -> keys.acquire(ONE.withMaxWait(Duration.ofSeconds(1))));
        assertThat(thrown.reason()).isEqualTo(Reason.RATE_LIMITED);
    }

    @Test
    void groupsMayHaveOtherNumbersWhenThePoolsStateWasLost() {
        coordinator(headroom(solo("old", requests(perMinute(7)))));
        KeyCoordinator keys = coordinator(headroom(solo("a", limits(perMinute(60), perMinute(1000), 2))));
        assertThat(keys.tryAcquire(ONE)).isInstanceOf(Acquisition.Granted.class);

        jedis.flushAll();

        Denied empty = (Denied) keys.tryAcquire(ONE);
        assertThat(empty.reason())
                .as("a pool without its history has nothing left")
                .isEqualTo(Reason.RATE_LIMITED);
    }

    @Test
    void refusesWhatCanNeverBeServed() {
        KeyCoordinator keys = coordinator(headroom(solo("a", limits(perMinute(60), perMinute(1000), 2))));

        assertThat(((Denied) keys.tryAcquire(ONE.withTokens(1001, 0))).reason()).isEqualTo(Reason.IMPOSSIBLE);
        assertThatExceptionOfType(KeyUnavailableException.class)
                .isThrownBy(() -> keys.acquire(ONE.withTokens(1001, 0)))
                .withMessageContaining("IMPOSSIBLE");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.tryAcquire(LeaseRequest.of("nope")))
                .withMessage("pool is nope, expected one of [test]");
    }

    @Test
    void leavesKeysWithoutSecretToOthers() {
        KeyCoordinator keys =
                coordinator(headroom(account("a", LimitConfig.NONE, "foreign", "own"), solo("b", LimitConfig.NONE)));
        for (int i = 0; i < 20; i++) {
            assertThat(keys.tryAcquire(ONE).orElseThrow().keyId()).isIn("own", "b");
        }
    }

    @Test
    void goesOnAfterTheScriptsWereFlushed() {
        KeyCoordinator keys = coordinator(headroom(solo("a", LimitConfig.NONE)));
        for (int i = 0; i < 5; i++) {
            jedis.scriptFlush();
            keys.acquire(ONE).settle(Outcome.successWithoutUsage());
        }
    }

    @Test
    void beginsAgainWithEmptyLimitsWhenItsStateWasLost() {
        KeyCoordinator keys = coordinator(headroom(solo("a", requests(perMinute(60)))));
        keys.acquire(ONE).settle(Outcome.successWithoutUsage());
        jedis.flushDB();

        Denied denied = (Denied) keys.tryAcquire(ONE);

        assertThat(denied.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(denied.retryAfter()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
    }

    @Test
    void renewsLeasesWhileTheyAreHeld() {
        PoolConfig pool = PoolConfig.of(
                        "test", "openai-compatible", URI.create("http://127.0.0.1:1"), solo("a", concurrency(1)))
                .withLeaseTtl(Duration.ofSeconds(1));
        KeyCoordinator keys = coordinator(pool);
        Lease lease = keys.acquire(ONE);
        long first = lease.expiresAt().toEpochMilli();

        await().atMost(Duration.ofSeconds(10)).until(() -> lease.expiresAt().toEpochMilli() > first + 1_500);

        assertThat(((Denied) keys.tryAcquire(ONE)).reason()).isEqualTo(Reason.CONCURRENCY);
        lease.settle(Outcome.successWithoutUsage());
        assertThat(lease.renew()).isFalse();
    }

    @Test
    void tellsThatRedisIsAwayAndSettlesWhenItIsBack() {
        EmbeddedRedis redis = EmbeddedRedis.builder().appendOnly().start();
        open.add(redis);
        KeyCoordinator keys = coordinator(headroom(solo("a", concurrency(1))), redis.uri());
        Lease lease = keys.acquire(ONE);
        redis.crash();

        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> keys.tryAcquire(ONE));
        lease.settle(Outcome.successWithoutUsage());
        redis.restart();

        await().ignoreExceptionsInstanceOf(StoreUnavailableException.class)
                .until(() -> keys.tryAcquire(ONE) instanceof Acquisition.Granted);
    }

    @Test
    void grantsNothingAnyMoreWhenClosed() {
        RedisKeyCoordinator keys = coordinator(headroom(solo("a", LimitConfig.NONE)));
        keys.close();
        keys.close();

        assertThat(((Denied) keys.tryAcquire(ONE)).reason()).isEqualTo(Reason.CLOSED);
    }

    @Test
    void neverLetsASecretReachRedis() {
        RedisKeyCoordinator keys = coordinator(headroom(account("a", LimitConfig.NONE, "k1", "k2")));
        Lease lease = keys.acquire(ONE);
        lease.secret();

        StringBuilder dump = new StringBuilder();
        for (String key : jedis.keys("*")) {
            dump.append(key).append(new String(jedis.dump(key), java.nio.charset.StandardCharsets.ISO_8859_1));
        }
        assertThat(dump.toString())
                .contains("in_flight")
                .doesNotContain("canary")
                .doesNotContain("abcdefghij");
        assertThat(lease.toString()).doesNotContain("canary");
        lease.close();
    }

    @Test
    void oneCommandForEachAcquireAndEachSettlement() {
        KeyCoordinator keys = coordinator(headroom(solo("a", limits(perMinute(60000), perMinute(1000000), 20))));
        keys.acquire(ONE).settle(Outcome.success(Usage.tokens(1, 0)));
        long before = scriptCalls();
        for (int i = 0; i < 50; i++) {
            keys.acquire(ONE).settle(Outcome.success(Usage.tokens(1, 0)));
        }

        assertThat(scriptCalls() - before).isEqualTo(100);
    }
}
