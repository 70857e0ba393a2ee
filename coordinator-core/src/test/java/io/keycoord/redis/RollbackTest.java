package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Granted;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.Usage;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.embedded.TestRedis;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.params.RestoreParams;

/** Redis goes on with an older copy of its state. */
class RollbackTest extends CoordinatorTest {
    private static final int BURST = 60;

    RollbackTest(TestRedis redis) {
        super(redis);
    }

    private static PoolConfig pool() {
        return headroom(solo("a", requests(perMinute(BURST))), solo("b", requests(perMinute(BURST))));
    }

    private Map<String, byte[]> copy() {
        Map<String, byte[]> copy = new HashMap<>();
        jedis.keys("*").forEach(key -> copy.put(key, jedis.dump(key)));
        return copy;
    }

    private void restore(Map<String, byte[]> copy) {
        copy.forEach((key, value) ->
                jedis.restore(key, 0, value, RestoreParams.restoreParams().replace()));
    }

    /** How many calls are granted at once. */
    private static int grants(RedisKeyCoordinator keys, String without) {
        int grants = 0;
        Acquisition answer = keys.tryAcquire(ONE.withoutAccount(without));
        while (answer instanceof Granted granted) {
            grants++;
            granted.lease().settle(Outcome.success(Usage.tokens(1, 1)));
            answer = keys.tryAcquire(ONE.withoutAccount(without));
        }
        return grants;
    }

    private String epoch() {
        return jedis.hget("keycoord:{test}:meta", "epoch");
    }

    @Test
    void accountsThatWereChargedBeginEmptyAndTheOthersGoOn() {
        RedisKeyCoordinator keys = coordinator(pool());
        Map<String, byte[]> copy = copy();
        assertThat(grants(keys, "b")).isGreaterThanOrEqualTo(BURST);

        restore(copy);
        int first = keys.tryAcquire(ONE.withoutAccount("b")) instanceof Granted ? 1 : 0;
        await().until(() -> epoch().equals("2"));
        await().untilAsserted(() ->
                assertThat(jedis.hget("keycoord:{test}:key:a", "requests_tat")).hasSizeGreaterThan(10));

        assertThat(first + grants(keys, "b")).isLessThan(BURST / 2);
        assertThat(grants(keys, "a")).isGreaterThanOrEqualTo(BURST);
        assertThat(jedis.xrevrange("keycoord:{test}:log", "+", "-", 1).get(0).getFields())
                .containsEntry("what", "ROLLED_BACK");
    }

    @Test
    void anotherWorkerLearnsOfItByTheEpoch() {
        RedisKeyCoordinator one = coordinator(pool());
        RedisKeyCoordinator other = coordinator(pool());
        Map<String, byte[]> copy = copy();
        assertThat(grants(other, "a")).isGreaterThanOrEqualTo(BURST);
        assertThat(grants(one, "b")).isGreaterThanOrEqualTo(BURST);

        restore(copy);
        one.tryAcquire(ONE.withoutAccount("b"));
        await().until(() -> epoch().equals("2"));
        other.tryAcquire(ONE.withoutAccount("b"));

        await().untilAsserted(() ->
                assertThat(jedis.hget("keycoord:{test}:key:b", "requests_left")).isEqualTo("0"));
        assertThat(grants(other, "a")).isLessThan(BURST / 2);
        assertThat(epoch()).isEqualTo("2");
    }

    @Test
    void aLossOfLeasesInUseHurtsNobody() {
        RedisKeyCoordinator keys = coordinator(pool());
        Map<String, byte[]> copy = copy();
        Granted held = (Granted) keys.tryAcquire(ONE);

        restore(copy);
        held.lease().settle(Outcome.success(Usage.tokens(1, 1)));

        await().until(() -> epoch().equals("2"));
        assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight")).isEqualTo("0");
        assertThat(jedis.hget("keycoord:{test}:key:b", "in_flight")).isEqualTo("0");
    }

    /** Their reservations begin only in a minute, and nobody else makes a call. */
    @Test
    void callersWhoAllSleepAreToldThatTheirReservationsAreGone() {
        RedisKeyCoordinator keys = coordinator(headroom(solo("a", requests(perMinute(1)))));
        keys.tryAcquire(ONE).orElseThrow();
        ExecutorService caller = Executors.newSingleThreadExecutor();
        Future<Lease> sleeps = caller.submit(() -> keys.acquire(ONE.withMaxWait(Duration.ofMinutes(2))));
        await().until(() -> jedis.zcard("keycoord:{test}:leases") == 3);

        jedis.flushAll();

        await().until(() -> jedis.exists("keycoord:{test}:meta"));
        assertThat(sleeps).isNotDone();
        caller.shutdownNow();
    }

    /** The worker is never quiet, so nothing but the loss itself makes it look after them. */
    @Test
    void reservationsThatAreGoneAreToldWhileOthersAreServed() {
        RedisKeyCoordinator keys =
                coordinator(headroom(solo("a", requests(perMinute(1))), solo("b", LimitConfig.NONE)));
        keys.tryAcquire(ONE.withoutAccount("b")).orElseThrow();
        ExecutorService caller = Executors.newSingleThreadExecutor();
        Future<Lease> sleeps =
                caller.submit(() -> keys.acquire(ONE.withoutAccount("b").withMaxWait(Duration.ofMinutes(3))));
        await().until(() -> jedis.zcard("keycoord:{test}:leases") == 3);

        jedis.flushAll();

        await().pollInterval(Duration.ofMillis(2)).until(() -> {
            keys.tryAcquire(ONE.withoutAccount("a")).orElseThrow().settle(Outcome.success(Usage.tokens(1, 1)));
            return jedis.hvals("keycoord:{test}:holders").stream()
                    .filter(record -> record.startsWith("key=a "))
                    .anyMatch(record -> !record.endsWith(" v="));
        });
        assertThat(sleeps).isNotDone();
        caller.shutdownNow();
    }

    private static PoolConfig shortLived() {
        return headroom(solo("a", concurrency(5))).withLeaseTtl(Duration.ofSeconds(1));
    }

    @Test
    void aWorkerThatMakesNoOtherCallTellsOfItsCallsUnderWayWhenItRenewsThem() {
        RedisKeyCoordinator keys = coordinator(shortLived());
        Lease held = keys.tryAcquire(ONE).orElseThrow();

        jedis.flushAll();

        await().until(() -> jedis.hexists("keycoord:{test}:holders", held.id()));
        assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight")).isEqualTo("1");
        assertThat(held.renew()).isTrue();
    }

    @Test
    void itTellsOfThemAlsoWhenAnotherWorkerHasRegisteredThePoolAgain() {
        RedisKeyCoordinator keys = coordinator(shortLived());
        Lease held = keys.tryAcquire(ONE).orElseThrow();
        RedisKeyCoordinator other = coordinator(shortLived());

        jedis.flushAll();
        other.tryAcquire(ONE).orElseThrow().close();

        await().until(() -> jedis.hexists("keycoord:{test}:holders", held.id()));
        assertThat(held.renew()).isTrue();
    }

    @Test
    void whereNothingIsLostNothingIsRecovered() {
        RedisKeyCoordinator keys = coordinator(pool());
        coordinator(pool());

        grants(keys, "b");

        assertThat(epoch()).isEqualTo("1");
        assertThat(jedis.hexists("keycoord:{test}:meta", "recovered_from")).isFalse();
    }
}
