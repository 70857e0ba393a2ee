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

import io.keycoord.config.LimitConfig;
import io.keycoord.config.TenantConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import io.keycoord.redis.Engine.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How far {@code lua/lib/waiting.lua} looks for whom it can call, for what it calls, and who holds up whom. */
class WaitingBoundsTest extends ScriptTest {
    private static final Ask ONE = Ask.tokens(1);
    private static final long GRACE_US = 50_000;
    private static final long LIFE_US = 3_000_000;

    private Engine slots(int slots) {
        return engine(headroom(solo("a", concurrency(slots))));
    }

    private static List<Answer> taken(Engine engine, int slots) {
        return IntStream.range(0, slots).mapToObj(i -> engine.acquire(ONE)).toList();
    }

    /** So many begin to wait, a microsecond apart. */
    private static void wait(Engine engine, String worker, int many, Ask ask) {
        for (int i = 0; i < many; i++) {
            engine.now += 1;
            assertThat(engine.acquire(worker + i, "r", ask).waits()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 8, true", "0, 31, true", "0, 32, false", "4, 4, true", "4, 27, true", "4, 28, false"})
    void fourPagesOfEightAreLookedAt(int forgotten, int others, boolean called) {
        Engine engine = engine(headroom(
                account("a", List.of(LimitConfig.of("big*").withConcurrency(1)), key("ka")),
                account("b", List.of(LimitConfig.of("small*").withConcurrency(1)), key("kb"))));
        Answer big = engine.acquire(ONE.model("big"));
        engine.acquire(ONE.model("small"));
        wait(engine, "gone", forgotten, ONE.model("small"));
        engine.now += LIFE_US;
        wait(engine, "other", others, ONE.model("small"));
        wait(engine, "w", 1, ONE.model("big"));

        engine.settle(big, How.success(1));

        assertThat(engine.members("called")).isEqualTo(called ? List.of("w0/r") : List.of());
    }

    @Test
    void eightThatDidNotComeLoseTheirPlacesAtATime() {
        Engine engine = slots(9);
        List<Answer> held = taken(engine, 9);
        wait(engine, "dead", 9, ONE);
        held.forEach(lease -> engine.settle(lease, How.success(1)));
        assertThat(engine.members("called")).hasSize(9);
        engine.now += GRACE_US;

        engine.acquire(ONE);

        assertThat(engine.members("called")).hasSize(1);
    }

    @Test
    void slotsAreHeldForThirtyTwoAtATime() {
        Engine engine = slots(33);
        List<Answer> held = taken(engine, 33);
        wait(engine, "w", 33, ONE);
        held.forEach(lease -> engine.settle(lease, How.success(1)));
        assertThat(engine.members("called")).hasSize(33);

        assertThat(engine.acquire(ONE).granted()).isTrue();
        assertThat(engine.acquire(ONE).granted()).isFalse();
    }

    @Test
    void thirtyTwoAreToldOfASwitch() {
        Engine engine = slots(1);
        taken(engine, 1);
        wait(engine, "w", 33, ONE);
        long before = published();

        engine.switchTo("open");

        assertThat(published()).isEqualTo(before + 32);
    }

    @Test
    void aSettlementTakesThePlacesOfThoseWhoDidNotCome() {
        Engine engine = slots(2);
        List<Answer> held = taken(engine, 2);
        wait(engine, "w", 3, ONE);
        engine.settle(held.get(0), How.success(1));
        engine.now += GRACE_US;

        engine.settle(held.get(1), How.success(1));

        assertThat(engine.members("called")).containsExactly("w1/r", "w2/r");
        assertThat(engine.hash("meta")).containsEntry("waiting", "2");
    }

    @Test
    void whatIsWrittenOfThoseWhoWaitHasItsInstant() {
        Engine engine = slots(1);
        List<Answer> held = taken(engine, 1);
        wait(engine, "w", 2, ONE);
        engine.settle(held.get(0), How.success(1));

        engine.now += GRACE_US;
        assertThat(engine.acquire(ONE).granted()).isFalse();
        assertThat(engine.members("called")).containsExactly("w1/r");
        assertThat(engine.hash("meta")).containsEntry("last_us", "" + engine.now);

        engine.now += 1;
        engine.leave("w1", "r");
        assertThat(engine.hash("meta")).containsEntry("last_us", "" + engine.now);
    }

    @ParameterizedTest
    @CsvSource({"0, true", "1, false"})
    void onlyWhoBeganToWaitEarlierIsServedFirst(long microsLater, boolean granted) {
        Engine engine = slots(1);
        Answer held = engine.acquire(ONE);
        engine.acquire("w1", "r", ONE);
        engine.now += microsLater;
        engine.acquire("w2", "r", ONE);
        engine.settle(held, How.success(1));
        assertThat(engine.members("called")).containsExactly("w1/r");

        assertThat(engine.acquire("w2", "r", Engine.NOON + microsLater, ONE).granted())
                .isEqualTo(granted);
    }

    @Test
    void whatIsHeldForARoomIsHeldForWhoeverWaitsInIt() {
        Engine engine = slots(1);
        Answer held = engine.acquire(ONE);
        engine.acquire("w1", "r", ONE);
        engine.settle(held, How.success(1));
        engine.now += 10;

        assertThat(engine.acquire("w1", "r", ONE).granted())
                .as("one that has not waited")
                .isFalse();
        assertThat(engine.acquire("w1", "r", Engine.NOON + 5, ONE).granted())
                .as("one that began to wait later than the one that was called")
                .isTrue();
    }

    @Test
    void whoFollowsInAQueueKeepsTheTimeSinceWhichItWaits() {
        Engine engine = slots(1);
        Answer held = engine.acquire(ONE);
        engine.acquire("w1", "r", ONE);
        engine.settle(held, How.success(1));
        engine.now += 10;

        engine.acquire(new Turn("w1", "" + Engine.NOON, "r", "" + (Engine.NOON + 5)), ONE);

        assertThat(engine.members("called")).isEmpty();
        assertThat(jedis.zscore(engine.prefix + "waiting", "w1/r")).isEqualTo((double) Engine.NOON + 5);
    }

    @Test
    void theSlotsOfTheAccountOfItsKeyAndOfAllItsClassesAreHeld() {
        List<LimitConfig> classes = List.of(LimitConfig.of("big*").withConcurrency(2), concurrency(2));
        Engine engine = engine(
                headroom(account("c", classes, key("k1", 1, concurrency(2))).withOverall(concurrency(2))));
        List<Answer> held = taken(engine, 2);
        wait(engine, "w", 1, ONE);

        engine.settle(held.get(0), How.success(1));

        assertThat(engine.hash("waiters").get("w0/r")).endsWith(" holds=account:c/2,key:k1,account:c/overall");
    }

    @Test
    void whoIsServedHasTheNextOneCalledAlsoWhereOnlyTheKeyHasSlots() {
        Engine engine = engine(headroom(account("c", List.of(requests(perMinute(100))), key("k1", 1, concurrency(2)))));
        taken(engine, 2);
        wait(engine, "w", 2, ONE);
        engine.operate("drain", "k1", "ops", "test");
        jedis.hset(engine.prefix + "key:k1", "in_flight", "0");
        engine.operate("enable", "k1", "ops", "test");
        assertThat(engine.members("called")).containsExactly("w0/r");

        assertThat(engine.acquire("w0", "r", Engine.NOON + 1, ONE).granted()).isTrue();

        assertThat(engine.members("called")).containsExactly("w1/r");
    }

    @Test
    void nobodyIsCalledForSlotsThatAreHeldForOthers() {
        Engine engine = slots(3);
        List<Answer> held = taken(engine, 3);
        wait(engine, "w", 4, ONE);
        held.forEach(lease -> engine.settle(lease, How.success(1)));
        assertThat(engine.members("called")).hasSize(3);

        assertThat(engine.acquire("w0", "r", Engine.NOON + 1, ONE).granted()).isTrue();

        assertThat(engine.members("called")).containsExactly("w1/r", "w2/r");
    }

    @Test
    void whoIsServedHasTheNextOneOfItsTenantCalledIfATenantsSlotIsLeft() {
        Engine engine =
                engine(headroom(solo("a", concurrency(10))).withTenants(TenantConfig.of("chat", concurrency(2))));
        Ask chat = ONE.tenant("chat");
        List<Answer> held = new ArrayList<>(List.of(engine.acquire(chat), engine.acquire(chat)));
        wait(engine, "w", 3, chat);
        engine.settle(held.remove(0), How.success(1));
        assertThat(engine.members("called")).containsExactly("w0/r");
        jedis.hset(engine.prefix + "tenant:chat", "in_flight", "0");

        assertThat(engine.acquire("w0", "r", Engine.NOON + 1, chat).granted()).isTrue();
        assertThat(engine.members("called")).as("one is left").containsExactly("w1/r");
        assertThat(engine.acquire("w1", "r", Engine.NOON + 2, chat).granted()).isTrue();
        assertThat(engine.members("called")).as("none is left").isEmpty();
    }

    @Test
    void aSlotThatTimeAloneKeepsFromUseCallsTheFirst() {
        Engine engine = engine(headroom(solo("a", limits(perMinute(1), perMinute(1_000), 1))));
        List<Answer> held = taken(engine, 1);
        wait(engine, "w", 1, ONE);

        engine.settle(held.get(0), How.success(1));

        assertThat(engine.hash("key:a")).containsEntry("wait_for", "requests");
        assertThat(engine.members("called")).containsExactly("w0/r");
    }

    @Test
    void aSettlementThatComesTooLateCallsNobody() {
        Engine engine = slots(2);
        List<Answer> held = taken(engine, 1);
        engine.advanceMs(30_000);
        taken(engine, 2);
        wait(engine, "w", 1, ONE);

        assertThat(engine.settle(held.get(0), How.success(1)).status()).isEqualTo("LATE");

        assertThat(engine.members("called")).isEmpty();
    }

    @Test
    void aSlotOfADrainedKeyCallsNobody() {
        Engine engine = slots(1);
        List<Answer> held = taken(engine, 1);
        wait(engine, "w", 1, ONE);
        engine.operate("drain", "a", "ops", "test");

        engine.settle(held.get(0), How.success(1));

        assertThat(engine.members("called")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"11, 512, false", "1, 513, true"})
    void whoAsksForVeryManyGroupsIsCalledForAny(String first, int length, boolean any) {
        Engine engine = slots(1);
        taken(engine, 1);
        String groups = first + ",1".repeat((length - first.length()) / 2);
        assertThat(groups).hasSize(length);
        List<String> words = new ArrayList<>(engine.words("many", ONE));
        words.set(8, groups);
        words.set(15, "r");

        engine.batch(List.of(), List.of(words));

        assertThat(engine.hash("waiters").get("w1/r")).contains(" groups=" + (any ? "*" : groups) + " ");
    }
}
