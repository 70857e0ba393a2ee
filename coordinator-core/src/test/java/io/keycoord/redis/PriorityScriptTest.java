package io.keycoord.redis;

import static io.keycoord.Priority.BATCH;
import static io.keycoord.Priority.INTERACTIVE;
import static io.keycoord.Priority.NORMAL;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.Priority;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.HeadroomConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.TenantConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code lua/lib/priority.lua}: what calls leave to more important ones, and who is called first. */
class PriorityScriptTest extends ScriptTest {
    private static final Duration AGEING = Duration.ofSeconds(10);
    private static final long AGEING_US = 10_000_000;
    private static final HeadroomConfig SHARES = new HeadroomConfig(10, 30, AGEING);

    private Engine engine(HeadroomConfig shares, AccountConfig... accounts) {
        return engine(headroom(accounts).withHeadroom(shares));
    }

    private static int granted(Engine engine, Ask ask) {
        return (int) IntStream.range(0, 200)
                .takeWhile(i -> engine.acquire(ask).granted())
                .count();
    }

    @ParameterizedTest
    @CsvSource({"INTERACTIVE, 20", "NORMAL, 18", "BATCH, 14"})
    void aCallLeavesItsShareOfEachLimitAndOfTheSlots(Priority priority, int admitted) {
        Ask ask = Ask.tokens(1).as(priority);

        assertThat(granted(engine(SHARES, solo("a", requests(perMinute(20)))), ask))
                .as("a bucket of requests")
                .isEqualTo(admitted);
        for (Mode mode : new Mode[] {Mode.BUCKET, Mode.FIXED_WINDOW}) {
            redisIsEmpty();
            assertThat(granted(engine(SHARES, solo("a", tokens(rate(20, Duration.ofMinutes(1), mode)))), ask))
                    .as("tokens in a " + mode)
                    .isEqualTo(admitted);
        }
        redisIsEmpty();
        assertThat(granted(
                        engine(SHARES, solo("a", requests(rate(20, Duration.ofMinutes(1), Mode.SLIDING_WINDOW)))), ask))
                .as("a window that slides")
                .isEqualTo(admitted);
        redisIsEmpty();
        assertThat(granted(engine(SHARES, solo("a", concurrency(20))), ask))
                .as("slots")
                .isEqualTo(admitted);
    }

    private void redisIsEmpty() {
        jedis.flushAll();
    }

    @Test
    void aBudgetIsLeftToMoreImportantCallsAsWell() {
        PoolConfig pool = headroom(solo("a", requests(perMinute(1_000))))
                .withHeadroom(SHARES)
                .withTenants(TenantConfig.of("t", requests(perMinute(10))));
        Engine engine = engine(pool);

        assertThat(granted(engine, Ask.tokens(1).tenant("t").as(BATCH))).isEqualTo(7);
        assertThat(engine.acquire(Ask.tokens(1).tenant("t").as(BATCH)).reason()).isEqualTo("BUDGET");
        assertThat(granted(engine, Ask.tokens(1).tenant("t").as(INTERACTIVE))).isEqualTo(3);
    }

    @Test
    void byDefaultOnlyBatchCallsLeaveAnything() {
        Engine engine = engine(headroom(solo("a", requests(perMinute(10)))));

        assertThat(granted(engine, Ask.tokens(1).as(BATCH))).isEqualTo(8);
        assertThat(granted(engine, Ask.tokens(1))).isEqualTo(2);
    }

    @Test
    void whatIsLeftCostsABucketNoThroughput() {
        Engine engine = engine(SHARES, solo("a", requests(perMinute(60))));
        Ask batch = Ask.tokens(1).as(BATCH);
        int first = granted(engine, batch);
        int later = 0;
        for (int second = 1; second <= 60; second++) {
            engine.advanceMs(1_000);
            later += granted(engine, batch);
        }

        assertThat(first).isEqualTo(42);
        assertThat(later).isEqualTo(60);
        assertThat(granted(engine, Ask.tokens(1).as(INTERACTIVE)))
                .as("and the burst is still there")
                .isEqualTo(18);
    }

    @Test
    void theHintOfADenialTellsWhenSoMuchIsLeft() {
        Engine engine = engine(SHARES, solo("a", requests(perMinute(60))));
        Ask batch = Ask.tokens(1).as(BATCH).waiting(60_000_000);
        granted(engine, batch);
        engine.acquire(Ask.tokens(1).as(INTERACTIVE));

        Answer denied = engine.acquire(batch);
        assertThat(denied.reason()).as("and nothing is reserved ahead").isEqualTo("RATE_LIMITED");
        assertThat(denied.hintUs()).isEqualTo(2_000_000);

        engine.now += 1_999_999;
        assertThat(engine.acquire(batch).granted()).isFalse();
        engine.now += 1;
        assertThat(engine.acquire(batch).granted()).isTrue();
    }

    @Test
    void whatLeavesNothingIsReservedAhead() {
        Engine engine = engine(new HeadroomConfig(0, 30, AGEING), solo("a", requests(perMinute(60))));
        granted(engine, Ask.tokens(1));

        assertThat(engine.acquire(Ask.tokens(1).waiting(60_000_000)).waitUs()).isEqualTo(1_000_000);
    }

    @Test
    void aCallThatIsTooLargeToLeaveAnythingNeedsTheWholeLimit() {
        Engine engine = engine(SHARES, solo("a", tokens(perMinute(100))));
        Ask large = Ask.tokens(90).as(BATCH);
        Answer one = engine.acquire(Ask.tokens(1));
        assertThat(engine.acquire(large).reason()).isEqualTo("RATE_LIMITED");
        engine.settle(one, How.of("unused"));

        assertThat(engine.acquire(large).granted()).isTrue();
        assertThat(engine.acquire(Ask.tokens(101).as(BATCH)).reason()).isEqualTo("IMPOSSIBLE");
    }

    @Test
    void aLimitOfWhichNothingIsTakenIsLeftAlone() {
        Engine engine = engine(SHARES, solo("a", limits(perMinute(1_000), perMinute(100), 50)));
        engine.acquire(Ask.tokens(95));

        assertThat(engine.acquire(Ask.tokens(1).as(BATCH)).granted()).isFalse();
        assertThat(engine.acquire(Ask.tokens(0).as(BATCH)).granted()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Priority.class)
    void oneSlotOrOneCallIsForEverybody(Priority priority) {
        HeadroomConfig most = new HeadroomConfig(90, 90, AGEING);
        Ask ask = Ask.tokens(1).as(priority);

        assertThat(engine(most, solo("a", concurrency(1))).acquire(ask).granted())
                .isTrue();
        redisIsEmpty();
        assertThat(engine(most, solo("a", requests(perMinute(1)))).acquire(ask).granted())
                .isTrue();
    }

    @Test
    void whoHasWaitedLongCountsAsMoreImportant() {
        Engine engine = engine(SHARES, solo("a", concurrency(10)));
        for (int i = 0; i < 7; i++) {
            engine.acquire(Ask.tokens(1));
        }
        Ask batch = Ask.tokens(1).as(BATCH);
        long since = engine.now;
        assertThat(engine.acquire("w", "r", batch).reason()).isEqualTo("CONCURRENCY");

        engine.now = since + AGEING_US - 1;
        assertThat(engine.acquire("w", "r", since, batch).granted()).isFalse();
        engine.now = since + AGEING_US;
        assertThat(engine.acquire("w", "r", since, batch).granted())
                .as("as normal")
                .isTrue();
        assertThat(engine.acquire("w", "r", since, batch).granted())
                .as("as normal, two slots more")
                .isTrue();
        assertThat(engine.acquire("w", "r", since, batch).granted()).isFalse();
        engine.now = since + 2 * AGEING_US;
        assertThat(engine.acquire("w", "r", since, batch).granted())
                .as("as interactive")
                .isTrue();
    }

    @Test
    void ofThoseWhoWaitTheMoreImportantIsCalledFirst() {
        Engine engine = engine(new HeadroomConfig(0, 0, AGEING), solo("a", concurrency(1)));
        Answer held = engine.acquire(Ask.tokens(1));
        engine.acquire("batch", "r", Ask.tokens(1).as(BATCH));
        engine.now += 100_000;
        engine.acquire("normal", "r", Ask.tokens(1));
        engine.now += 100_000;
        engine.acquire("interactive", "r", Ask.tokens(1).as(INTERACTIVE));
        engine.now += 100_000;

        engine.settle(held, How.success(1));
        assertThat(called(engine)).isEqualTo("interactive/r");

        engine.leave("interactive", "r");
        engine.leave("normal", "r");
        assertThat(called(engine)).isEqualTo("batch/r");
    }

    private String called(Engine engine) {
        return String.join(
                ",",
                jedis.zrange(engine.prefix + "called", 0, -1).stream()
                        .filter(member -> !member.equals("-"))
                        .toList());
    }

    private long rank(Engine engine, String member) {
        return Math.round(jedis.zscore(engine.prefix + "waiting", member));
    }

    @Test
    void aPriorityIsWorthSoLongAWait() {
        Engine engine = engine(new HeadroomConfig(0, 0, AGEING), solo("a", concurrency(1)));
        Answer held = engine.acquire(Ask.tokens(1));
        long since = engine.now;
        engine.acquire("batch", "r", since - AGEING_US, Ask.tokens(1).as(BATCH));
        engine.acquire("normal", "r", since + 1, Ask.tokens(1).as(NORMAL));
        assertThat(rank(engine, "batch/r")).isEqualTo(since);
        assertThat(rank(engine, "normal/r"))
                .as("an instant that is yet to come is now")
                .isEqualTo(since);
        engine.acquire("interactive", "r", since, Ask.tokens(1).as(INTERACTIVE));
        assertThat(rank(engine, "interactive/r")).isEqualTo(since - AGEING_US);

        engine.settle(held, How.success(1));
        engine.acquire(
                new Engine.Turn("interactive", "" + since, "r", "" + since),
                Ask.tokens(1).as(INTERACTIVE));
        assertThat(rank(engine, "interactive/r"))
                .as("the next one in its place")
                .isEqualTo(since - AGEING_US);
    }

    private static List<Answer> takeTen(Engine engine) {
        return IntStream.range(0, 10)
                .mapToObj(i -> engine.acquire(Ask.tokens(1).as(INTERACTIVE)))
                .toList();
    }

    @Test
    void nobodyIsCalledForASlotThatHasToBeLeft() {
        Engine engine = engine(SHARES, solo("a", concurrency(10)));
        List<Answer> held = takeTen(engine);
        for (int i = 0; i < 3; i++) {
            engine.acquire("batch" + i, "r", Ask.tokens(1).as(BATCH));
            engine.now += 1_000;
        }
        long before = published();

        for (int i = 0; i < 3; i++) {
            engine.settle(held.get(i), How.success(1));
        }
        assertThat(called(engine)).isEmpty();
        assertThat(published()).isEqualTo(before);

        engine.settle(held.get(3), How.success(1));
        assertThat(called(engine)).isEqualTo("batch0/r");
        engine.settle(held.get(4), How.success(1));
        assertThat(called(engine)).as("of two slots").isEqualTo("batch0/r,batch1/r");
        assertThat(engine.acquire("batch0", "r", Engine.NOON, Ask.tokens(1).as(BATCH))
                        .granted())
                .isTrue();
        assertThat(called(engine)).as("none is left for the third").isEqualTo("batch1/r");
    }

    @Test
    void whoHasWaitedLongIsCalledAsOneThatIsMoreImportant() {
        Engine engine = engine(SHARES, solo("a", concurrency(10)));
        List<Answer> held = takeTen(engine);
        long since = engine.now;
        engine.now = since + AGEING_US - 1_000;
        engine.acquire("w", "r", since, Ask.tokens(1).as(BATCH));

        engine.now = since + AGEING_US - 1;
        engine.settle(held.get(0), How.success(1));
        engine.settle(held.get(1), How.success(1));
        assertThat(called(engine)).as("of ten it leaves three").isEmpty();

        engine.now = since + AGEING_US;
        engine.acquire(Ask.tokens(1).as(INTERACTIVE));
        engine.settle(held.get(2), How.success(1));
        assertThat(called(engine)).as("and then one").isEqualTo("w/r");
    }

    /** As on a clock that has just begun, which servers have that never saw the time. */
    @Test
    void aPlaceBeforeAllTimeIsAPlace() {
        Engine engine = engine(new HeadroomConfig(0, 0, AGEING), solo("a", concurrency(1)));
        Answer held = engine.acquire(Ask.tokens(1));
        engine.acquire("w", "r", 0, Ask.tokens(1).as(INTERACTIVE));
        assertThat(rank(engine, "w/r")).isEqualTo(-AGEING_US);

        engine.settle(held, How.success(1));

        assertThat(called(engine)).isEqualTo("w/r");
    }

    @Test
    void whoTakesThePlaceOfTheOneBeforeLeavesWhatItsOwnWaitSays() {
        Engine engine = engine(SHARES, solo("a", concurrency(10)));
        List<Answer> held = takeTen(engine);
        long since = engine.now;
        engine.acquire("w", "r", Ask.tokens(1).as(BATCH));
        engine.now += 2 * AGEING_US;
        engine.settle(held.get(0), How.success(1));
        Engine.Turn turn = new Engine.Turn("w", "" + since, "r", "" + engine.now);
        assertThat(engine.acquire(turn, Ask.tokens(1).as(BATCH)).granted())
                .as("as interactive")
                .isTrue();

        engine.settle(held.get(1), How.success(1));
        assertThat(called(engine)).isEmpty();
    }

    @Test
    void aSlotThatIsHeldForALessImportantCallerIsForAMoreImportantOneThatComes() {
        Engine engine = engine(new HeadroomConfig(0, 0, AGEING), solo("a", concurrency(1)));
        Answer held = engine.acquire(Ask.tokens(1));
        engine.acquire("normal", "r", Ask.tokens(1));
        engine.settle(held, How.success(1));
        assertThat(called(engine)).isEqualTo("normal/r");

        assertThat(engine.acquire(Ask.tokens(1).as(BATCH)).granted()).isFalse();
        assertThat(engine.acquire(Ask.tokens(1)).granted()).isFalse();
        assertThat(engine.acquire(Ask.tokens(1).as(INTERACTIVE)).granted()).isTrue();
    }

    @Test
    void manyAccountsOfWhichTooLittleIsLeftMakeAHintThatIsNoInvitationToAskAtOnce() {
        AccountConfig[] accounts = IntStream.range(0, 60)
                .mapToObj(i -> solo("a" + i, requests(perMinute(10))))
                .toArray(AccountConfig[]::new);
        Engine engine = engine(SHARES, accounts);
        for (int i = 0; i < 60 * 7; i++) {
            assertThat(engine.acquire(Ask.tokens(1).as(BATCH)).granted()).isTrue();
        }

        Answer denied = engine.acquire(Ask.tokens(1).as(BATCH));
        assertThat(denied.reason()).isEqualTo("RATE_LIMITED");
        assertThat(denied.hintUs()).isEqualTo(6_000_000);
    }

    @Test
    void damagedSharesAreNamedBeforeAnythingIsWritten() {
        Engine engine = engine(SHARES, solo("a", LimitConfig.of("*")));
        engine.acquire(Ask.tokens(1));
        engine.advanceMs(600_000);
        jedis.hset(engine.prefix + "meta", "headroom", "much");
        long dirty = dirty();

        for (Priority priority : Priority.values()) {
            assertThatThrownBy(() -> engine.acquire(Ask.tokens(1).as(priority)))
                    .hasMessageContaining("DAMAGED meta headroom is much, expected two shares and a time");
        }
        assertThat(dirty()).as("a lease has expired meanwhile").isEqualTo(dirty);
    }
}
