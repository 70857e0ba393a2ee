package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** {@code lua/register.lua} on a pool that is in use: accounts and keys that change their shape, and leases that outlive it. */
class ReconfiguredScriptTest extends ScriptTest {
    private static final LimitConfig TWO = requests(perMinute(2));

    /** The pool in the place of the one before; what it does not have is removed. */
    private Engine change(Engine before, PoolConfig config) {
        Engine after = new Engine(jedis, config);
        after.now = before.now;
        after.register("full");
        Set<String> gone = new LinkedHashSet<>(before.plan.members());
        gone.removeAll(after.plan.members());
        if (!gone.isEmpty()) {
            List<String> args = new ArrayList<>(List.of("" + after.now, "remove", after.plan.revision(), "full"));
            args.addAll(gone);
            after.scripts.run(Script.REGISTER, after.prefix + "meta", args);
        }
        return after;
    }

    private static PoolConfig classes(LimitConfig keyLimits) {
        return headroom(account("a", List.of(LimitConfig.of("a*"), LimitConfig.of("*")), key("k", 1, keyLimits)));
    }

    private static PoolConfig oneClass(LimitConfig keyLimits) {
        return headroom(account("a", List.of(LimitConfig.NONE), key("k", 1, keyLimits)));
    }

    @Test
    void aKeyGetsItsSlotBackWhenTheClassesOfItsAccountHaveChanged() {
        Engine before = engine(oneClass(concurrency(1)));
        Answer lease = before.acquire(0);

        Engine after = change(before, classes(concurrency(1)));
        assertThat(after.hash("key:k")).containsEntry("in_flight", "1");
        after.settle(lease, How.success(0));

        assertThat(after.hash("key:k")).containsEntry("in_flight", "0");
        assertThat(after.acquire(0).granted()).isTrue();
    }

    @Test
    void aKeyGetsItsSlotBackWhenSuchALeaseExpires() {
        Engine before = engine(oneClass(concurrency(1)));
        before.acquire(0);

        Engine after = change(before, classes(concurrency(1)));
        after.advanceMs(3_600_000);

        assertThat(after.acquire(0).granted()).isTrue();
        assertThat(after.hash("key:k")).containsEntry("in_flight", "1");
    }

    @Test
    void aKeyWhoseProbeWasUnderWayMeanwhileIsProbedAgain() {
        Engine before = engine(oneClass(LimitConfig.NONE));
        before.settle(before.acquire(0), How.of("key_failed").failure("suspect"));
        before.advanceMs(600_000);
        Answer probe = before.acquire(0);
        assertThat(before.hash("key:k")).containsEntry("state", "HALF_OPEN");

        Engine after = change(before, classes(LimitConfig.NONE));
        after.settle(probe, How.success(0));

        assertThat(after.hash("key:k")).containsEntry("state", "OPEN");
        Answer again = after.acquire(0);
        assertThat(again.granted()).isTrue();
        after.settle(again, How.success(0));
        assertThat(after.hash("key:k")).containsEntry("state", "CLOSED");
    }

    @Test
    void anAccountThatGetsClassesIsNotUsedAsItWasAsWell() {
        Engine before = engine(headroom(solo("s", TWO), solo("t", TWO)));
        before.acquire(0);

        Engine after =
                change(before, headroom(account("s", List.of(TWO, TWO.withModels("z*")), key("s")), solo("t", TWO)));
        int granted = 0;
        while (after.acquire(0).granted()) {
            granted++;
        }

        assertThat(jedis.smembers(after.prefix + "accounts")).doesNotContain("key:s");
        assertThat(granted).as("two of each account at most").isLessThanOrEqualTo(4);
        assertThat(after.hash("key:s")).doesNotContainKey("group");
    }

    @Test
    void aKeyKeepsItsBreakerWhateverItsAccountLooksLike() {
        Engine before = engine(headroom(solo("s", TWO)));
        before.settle(before.acquire(0), How.of("key_failed").failure("dead"));
        assertThat(before.hash("key:s")).containsEntry("state", "DISABLED");
        PoolConfig classes = headroom(account("s", List.of(TWO, TWO.withModels("z*")), key("s")));

        Engine after = change(before, classes);
        assertThat(after.hash("key:s")).containsEntry("state", "DISABLED");
        Engine back = change(after, headroom(solo("s", TWO)));

        assertThat(back.hash("key:s")).containsEntry("state", "DISABLED").doesNotContainKey("profile");
        assertThat(back.acquire(0).granted()).isFalse();
    }

    @Test
    void aKeyThatMovesToAnotherAccountLeavesNothingInTheFirst() {
        Engine before = engine(headroom(
                account("a", List.of(LimitConfig.NONE), key("k1"), key("k2")),
                account("b", List.of(LimitConfig.NONE), key("k3"), key("k4"))));
        List<Answer> leases = List.of(before.acquire(0), before.acquire(0), before.acquire(0), before.acquire(0));

        Engine after = change(
                before,
                headroom(
                        account("a", List.of(LimitConfig.NONE), key("k2"), key("k5")),
                        account("b", List.of(LimitConfig.NONE), key("k1"), key("k3"), key("k4"))));
        leases.forEach(lease -> after.settle(lease, How.success(0)));

        assertThat(jedis.zrange(after.prefix + "account:a:ready", 0, -1)).doesNotContain("k1");
        assertThat(jedis.zrange(after.prefix + "account:b:ready", 0, -1)).contains("k1");
        assertThat(after.hash("key:k1")).containsEntry("in_flight", "0");
    }

    @Test
    void aLimitThatComesBackInOtherUnitsBeginsAnew() {
        RateLimit month = rate(3, Duration.ofDays(31), Mode.SLIDING_WINDOW);
        RateLimit second = rate(3, Duration.ofSeconds(1), Mode.SLIDING_WINDOW);
        Engine before = engine(headroom(solo("s", requests(second)), solo("t", requests(second))));
        for (int i = 0; i < 6; i++) {
            before.acquire(0);
        }

        Engine without = change(before, headroom(solo("t", LimitConfig.NONE)));
        Engine after = change(without, headroom(solo("s", requests(month)), solo("t", requests(month))));

        for (int i = 0; i < 6; i++) {
            assertThat(after.acquire(0).granted()).as("request %d", i).isTrue();
        }
        assertThat(after.acquire(0).hintUs()).isLessThan(Duration.ofDays(32).toNanos() / 1_000);
    }

    @Test
    void theIndexesOfAnAccountsKeysGoWithIt() {
        Engine before = engine(headroom(
                account("a", List.of(LimitConfig.NONE, LimitConfig.of("z*")), key("k1"), key("k2")),
                solo("t", LimitConfig.NONE)));

        Engine after = change(before, headroom(solo("t", LimitConfig.NONE)));

        assertThat(jedis.keys(after.prefix + "account:a*")).isEmpty();
    }
}
