package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.TenantConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import io.keycoord.redis.Engine.Turn;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Who waits for an event, in {@code lua/lib/waiting.lua}. */
class WaitingScriptTest extends ScriptTest {
    private static final Ask ONE = Ask.tokens(1);
    private static final long GRACE_US = 50_000;
    private static final long LIFE_US = 3_000_000;

    private Engine slots(int slots) {
        return engine(headroom(solo("a", concurrency(slots))));
    }

    private static List<String> called(Engine engine) {
        return engine.members("called");
    }

    private static List<String> waiting(Engine engine) {
        return engine.members("waiting");
    }

    private static void assertNobodyIsKnown(Engine engine) {
        assertThat(engine.hash("waiters")).isEqualTo(Map.of("-", ""));
        assertThat(engine.hash("meta")).containsEntry("waiting", "0");
    }

    @Test
    void aSlotThatIsFreedIsHeldForTheFirstWhoWaits() {
        Engine engine = slots(1);
        Answer held = engine.acquire(ONE);
        Answer denied = engine.acquire("w2", "r", ONE);
        assertThat(denied.reason()).isEqualTo("CONCURRENCY");
        assertThat(denied.waits()).isTrue();

        engine.settle(held, How.success(1));
        assertThat(called(engine)).containsExactly("w2/r");
        assertThat(engine.acquire("w1", "r", ONE).reason())
                .as("a worker that settles and asks again at once")
                .isEqualTo("CONCURRENCY");
        assertThat(engine.acquire(ONE).reason()).isEqualTo("CONCURRENCY");

        assertThat(engine.acquire("w2", "r", Engine.NOON, ONE).granted()).isTrue();
        assertThat(waiting(engine)).containsExactly("w1/r");
        assertThat(engine.hash("meta")).containsEntry("waiting", "1");
    }

    @Test
    void theyAreCalledInTheOrderInWhichTheyBeganToWait() {
        Engine engine = slots(2);
        List<Answer> held = List.of(engine.acquire(ONE), engine.acquire(ONE));
        engine.now += 1_000;
        engine.acquire("w1", "r", ONE);
        engine.now += 1_000;
        engine.acquire("w2", "r", ONE);
        engine.acquire("w3", "r", Engine.NOON, ONE);
        assertThat(waiting(engine)).containsExactly("w3/r", "w1/r", "w2/r");

        engine.settle(held.get(0), How.success(1));
        assertThat(called(engine)).containsExactly("w3/r");
        engine.settle(held.get(1), How.success(1));
        assertThat(called(engine)).containsExactlyInAnyOrder("w3/r", "w1/r");
        assertThat(engine.acquire("w2", "r", Engine.NOON + 2_000, ONE).granted())
                .as("a younger one who asks by itself")
                .isFalse();
    }

    @Test
    void aTicketOfTheFutureCountsAsOfNow() {
        Engine engine = slots(1);
        engine.acquire(ONE);
        engine.acquire("w1", "r", engine.now + 1_000_000, ONE);

        assertThat(jedis.zscore(engine.prefix + "waiting", "w1/r")).isEqualTo((double) engine.now);
    }

    @Test
    void whoIsCalledAndDoesNotComeCostsAGraceAndNoMore() {
        Engine engine = slots(1);
        Answer held = engine.acquire(ONE);
        engine.acquire("dead", "r", ONE);
        engine.now += 1;
        engine.acquire("w2", "r", ONE);
        engine.settle(held, How.success(1));

        engine.now += GRACE_US - 1;
        assertThat(engine.acquire(ONE).granted()).isFalse();
        assertThat(called(engine)).containsExactly("dead/r");
        engine.now += 1;
        assertThat(engine.acquire(ONE).granted())
                .as("now it is held for the next one")
                .isFalse();
        assertThat(called(engine)).containsExactly("w2/r");

        engine.now += GRACE_US;
        assertThat(engine.acquire(ONE).granted()).isTrue();
        assertNobodyIsKnown(engine);
    }

    @Test
    void whoHasNotAskedForThreeSecondsIsForgotten() {
        Engine engine = slots(2);
        Answer held = engine.acquire(ONE);
        engine.acquire(ONE);
        engine.acquire("w1", "r", ONE);
        engine.now += 1;
        engine.acquire("w2", "r", ONE);

        engine.now += LIFE_US - 1;
        engine.settle(held, How.success(1));

        assertThat(called(engine)).containsExactly("w2/r");
        assertThat(engine.hash("meta")).containsEntry("waiting", "1");
    }

    @Test
    void otherSlotsThanTheOneThatIsHeldAreNobodys() {
        Engine engine = slots(3);
        Answer held = engine.acquire(ONE);
        engine.acquire(ONE);
        Answer third = engine.acquire(ONE);
        engine.acquire("w2", "r", ONE);

        engine.settle(held, How.success(1));
        engine.settle(third, How.success(1));

        assertThat(engine.acquire(ONE).granted()).isTrue();
        assertThat(engine.acquire(ONE).granted()).isFalse();
        assertThat(engine.acquire("w2", "r", Engine.NOON, ONE).granted()).isTrue();
    }

    @Test
    void whoDoesNotWantWhatIsHeldIsNotHeldUp() {
        Engine engine = engine(headroom(
                account("a", List.of(LimitConfig.of("big*").withConcurrency(1)), key("ka")),
                account("b", List.of(LimitConfig.of("small*").withConcurrency(1)), key("kb"))));
        Answer held = engine.acquire(ONE.model("big"));
        engine.acquire("w2", "r", ONE.model("big"));
        engine.settle(held, How.success(1));

        assertThat(engine.acquire(ONE.model("big")).granted()).isFalse();
        assertThat(engine.acquire(ONE.model("small")).granted()).isTrue();
    }

    @Test
    void anAccountWithoutSlotsIsNeverHeld() {
        Engine engine = engine(headroom(solo("a", concurrency(1)), solo("b", requests(perMinute(60)))));
        engine.acquire(ONE.withoutAccounts("b"));
        Answer other = engine.acquire(ONE.withoutAccounts("a"));
        engine.acquire("w2", "r", ONE.withoutAccounts("b"));
        engine.settle(other, How.success(1));

        assertThat(engine.acquire(ONE).key()).isEqualTo("b");
    }

    @Test
    void manySlotsThatComeAtOnceCallOneAfterTheOther() {
        Engine engine = slots(3);
        engine.operate("drain", "a", "ops", "test");
        engine.operate("enable", "a", "ops", "test");
        for (int i = 0; i < 3; i++) {
            engine.acquire(ONE);
        }
        for (int i = 1; i <= 5; i++) {
            engine.now += 1;
            engine.acquire("w" + i, "r", ONE);
        }
        engine.advanceMs(31_000);
        for (int i = 1; i <= 5; i++) {
            engine.acquire("w" + i, "r", Engine.NOON + i, ONE);
        }

        assertThat(engine.hash("key:a")).containsEntry("in_flight", "3");
        assertThat(engine.hash("meta")).containsEntry("waiting", "2");
        assertThat(waiting(engine)).containsExactly("w4/r", "w5/r");
    }

    @Test
    void whoIsServedHasTheNextOneCalledAsLongAsThereIsMore() {
        Engine engine = slots(2);
        engine.acquire(ONE);
        engine.acquire(ONE);
        engine.acquire("w1", "r", ONE);
        engine.now += 1;
        engine.acquire("w2", "r", ONE);
        engine.now += 1;
        engine.acquire("w3", "r", ONE);
        engine.operate("drain", "a", "ops", "test");
        jedis.hset(engine.prefix + "key:a", "in_flight", "0");
        engine.operate("enable", "a", "ops", "test");
        assertThat(called(engine)).containsExactly("w1/r");

        assertThat(engine.acquire("w1", "r", Engine.NOON, ONE).granted()).isTrue();
        assertThat(called(engine)).containsExactly("w2/r");
        assertThat(engine.acquire("w2", "r", Engine.NOON + 1, ONE).granted()).isTrue();
        assertThat(called(engine)).isEmpty();
        assertThat(waiting(engine)).containsExactly("w3/r");
    }

    @Test
    void whoIsServedLeavesItsPlaceToTheNextOfItsQueue() {
        Engine engine = slots(1);
        Answer held = engine.acquire(ONE);
        engine.acquire("w1", "r", ONE);
        engine.now += 10;
        engine.acquire("w2", "r", ONE);
        engine.settle(held, How.success(1));

        Answer served = engine.acquire(new Turn("w1", "" + Engine.NOON, "r", "" + (Engine.NOON + 5)), ONE);

        assertThat(served.granted()).isTrue();
        assertThat(waiting(engine)).containsExactly("w1/r", "w2/r");
        engine.settle(served, How.success(1));
        assertThat(called(engine)).containsExactly("w1/r");
    }

    @Test
    void whoLeavesHasTheNextOneCalledInItsPlace() {
        Engine engine = slots(1);
        Answer held = engine.acquire(ONE);
        engine.acquire("w1", "r", ONE);
        engine.now += 1;
        engine.acquire("w2", "r", ONE);
        engine.settle(held, How.success(1));

        engine.leave("w1", "r");
        assertThat(called(engine)).containsExactly("w2/r");
        engine.leave("w2", "r");
        engine.leave("w2", "r");

        assertNobodyIsKnown(engine);
        assertThat(engine.acquire(ONE).granted()).isTrue();
    }

    @Test
    void whoIsCalledInVainHasTheNextOneCalledAndKeepsItsPlace() {
        Engine engine = engine(headroom(solo("a", concurrency(1)), solo("b", concurrency(1))));
        Answer a = engine.acquire(ONE.withoutAccounts("b"));
        engine.acquire(ONE.withoutAccounts("a"));
        engine.acquire("picky", "r", ONE.withoutAccounts("a"));
        engine.now += 1;
        engine.acquire("w2", "r", ONE);

        engine.settle(a, How.success(1));
        assertThat(called(engine)).containsExactly("picky/r");
        assertThat(engine.acquire("picky", "r", Engine.NOON, ONE.withoutAccounts("a"))
                        .granted())
                .isFalse();

        assertThat(called(engine)).containsExactly("w2/r");
        assertThat(waiting(engine)).containsExactly("picky/r");
        assertThat(engine.acquire("w2", "r", Engine.NOON + 1, ONE).key()).isEqualTo("a");
    }

    @Test
    void whoWaitsForATenantsSlotIsCalledForThatAlone() {
        Engine engine = engine(headroom(solo("a", concurrency(10)))
                .withTenants(TenantConfig.of("chat", concurrency(1)), TenantConfig.of("search", concurrency(1))));
        Answer chat = engine.acquire(ONE.tenant("chat"));
        Answer search = engine.acquire(ONE.tenant("search"));
        assertThat(engine.acquire("w1", "r", ONE.tenant("chat")).waits()).isTrue();

        engine.settle(search, How.success(1));
        assertThat(called(engine)).isEmpty();
        assertThat(engine.acquire(ONE.tenant("search")).granted()).isTrue();
        engine.settle(chat, How.success(1));

        assertThat(called(engine)).containsExactly("w1/r");
        assertThat(engine.acquire(ONE.tenant("chat")).granted()).isFalse();
        assertThat(engine.acquire("w1", "r", Engine.NOON, ONE.tenant("chat")).granted())
                .isTrue();
    }

    @Test
    void theEndOfAProbeCallsWhoWaitsForIt() {
        Engine engine = engine(headroom(solo("a", limits(perMinute(60), perMinute(6_000), 5))));
        engine.settle(engine.acquire(ONE), How.of("key_failed").failure("suspect"));
        engine.advanceMs(600_000);
        Answer probe = engine.acquire(ONE);
        assertThat(probe.lease().text()).contains("probe=1");
        Answer denied = engine.acquire("w1", "r", ONE);
        assertThat(denied.reason()).isEqualTo("UNHEALTHY");
        assertThat(denied.waits()).isTrue();

        engine.settle(probe, How.success(1));

        assertThat(called(engine)).containsExactly("w1/r");
    }

    @Test
    void onlyWhoWaitsIsKnown() {
        Engine engine = slots(1);
        engine.acquire(ONE);

        assertThat(engine.acquire(ONE).waits()).isFalse();
        assertNobodyIsKnown(engine);
    }

    @Test
    void whoIsDeniedForWhatTimeBringsWaitsNoMore() {
        Engine engine = engine(headroom(solo("a", limits(perMinute(60), perMinute(100), 1))));
        Answer held = engine.acquire(ONE);
        engine.acquire("w1", "r", ONE);
        engine.settle(held, How.success(1));

        Answer denied = engine.acquire("w1", "r", Engine.NOON, Ask.tokens(100));

        assertThat(denied.reason()).isEqualTo("RATE_LIMITED");
        assertThat(denied.waits()).isFalse();
        assertNobodyIsKnown(engine);
    }

    @Test
    void nobodyIsCalledForAnAccountThatTheSettlementPutsToRest() {
        LimitConfig some = LimitConfig.of("a*").withRequests(perMinute(60));
        LimitConfig others = LimitConfig.of("b*").withRequests(perMinute(70));
        AccountConfig two = account("a", List.of(some, others), key("k"));
        Engine engine = engine(headroom(two.withOverall(concurrency(1))));
        Answer held = engine.acquire(ONE.model("b1"));
        assertThat(engine.acquire("w", "r", ONE.model("a1")).waits()).isTrue();

        engine.settle(held, How.of("rate_limited").block("account", 1_000));

        assertThat(called(engine)).isEmpty();
    }

    @Test
    void leasesThatExpireCallToo() {
        Engine engine = slots(1);
        engine.acquire(ONE);
        engine.advanceMs(29_000);
        engine.acquire("w1", "r", ONE);
        engine.advanceMs(1_001);

        assertThat(engine.acquire(ONE).granted()).isFalse();
        assertThat(called(engine)).containsExactly("w1/r");
    }

    @Test
    void damagedNotesOfWaitersKeepNoSettlementFromHappening() {
        Engine engine = slots(1);
        Answer held = engine.acquire(ONE);
        engine.acquire("w1", "r", ONE);
        jedis.del(engine.prefix + "called");
        jedis.set(engine.prefix + "called", "x");

        assertThat(engine.settle(held, How.success(1)).status()).isEqualTo("SETTLED");
        assertThat(engine.hash("key:a")).containsEntry("in_flight", "0");
        assertThat(jedis.zscore(engine.prefix + "settled", held.id())).isNotNull();
        assertThat(engine.logged())
                .containsEntry("subject", "waiting")
                .containsEntry("what", "LEFT_ALONE")
                .containsEntry("until_ms", "0")
                .hasEntrySatisfying("why", why -> assertThat(why).startsWith("WRONGTYPE "));
    }

    @Test
    void theMessageGoesToTheWorkerAndNamesPoolAndRoom() {
        Engine engine = slots(1);
        Answer held = engine.acquire(ONE);
        engine.acquire("w1", "r7", ONE);
        List<String> heard = new CopyOnWriteArrayList<>();
        try (WakeupChannel channel = new JedisWakeups(jedis)) {
            channel.open("keycoord:wake:w1", new WakeupChannel.Listener() {
                @Override
                public void message(String text) {
                    heard.add(text);
                }

                @Override
                public void changed() {}
            });
            await().until(channel::isOpen);

            engine.settle(held, How.success(1));

            await().untilAsserted(() -> assertThat(heard).containsExactly("test r7"));
        }
    }

    @Test
    void whoWaitsIsToldWhenThePoolIsSwitched() {
        Engine engine = slots(1);
        engine.acquire(ONE);
        engine.acquire("w1", "r", ONE);
        long before = published();

        engine.switchTo("open");

        assertThat(published()).isEqualTo(before + 1);
    }
}
