package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.pool;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Dimension;
import io.keycoord.Priority;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.HeadroomConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PriceTable;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.Strategy;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code lua/lib/search.lua}: how far a search looks, and in which order. */
class SearchScriptTest extends ScriptTest {
    /** Units are in the order of their input; what they lack is output, which no index tells. */
    private static final LimitConfig SIDES = LimitConfig.of("*")
            .with(Dimension.INPUT_TOKENS, List.of(perMinute(1_000)))
            .with(Dimension.OUTPUT_TOKENS, List.of(perMinute(1_000)));

    private static final Ask LARGE = Ask.tokens(1).answer(500);

    private static final PriceTable PRICES =
            new PriceTable("v1", List.of(new PriceTable.Price("*", 1_000_000, 2_000_000, 0)));

    private static AccountConfig[] solos(int count, LimitConfig limits, AccountConfig... more) {
        return Stream.concat(IntStream.range(0, count).mapToObj(i -> solo(name(i), limits)), Stream.of(more))
                .toArray(AccountConfig[]::new);
    }

    private static String name(int unit) {
        return String.format("u%02d", unit);
    }

    private static String names(int count) {
        return IntStream.range(0, count).mapToObj(SearchScriptTest::name).collect(Collectors.joining(","));
    }

    private static void charge(Engine engine, String unit, Ask ask) {
        String others = engine.plan.members().stream()
                .filter(member -> member.startsWith("key:"))
                .map(member -> member.substring("key:".length()))
                .filter(key -> !key.equals(unit))
                .collect(Collectors.joining(","));
        assertThat(engine.acquire(ask.withoutKeys(others)).key()).isEqualTo(unit);
    }

    /** Each unit has used more input than the one before it; the first so many have no output left for a large call. */
    private static void drain(Engine engine, int units, int drained) {
        for (int i = 0; i < units; i++) {
            charge(engine, name(i), Ask.tokens(i + 1).answer(i < drained ? 600 : 1));
        }
    }

    @ParameterizedTest
    @CsvSource({"31, 0, true", "32, 0, false", "33, 2, true", "34, 2, false"})
    void thirtyTwoUnitsAreLookedAtBesidesThoseThatAreExcluded(int drained, int excluded, boolean found) {
        Engine engine = engine(headroom(solos(36, SIDES)));
        drain(engine, 36, drained);

        Answer answer = engine.acquire(LARGE.withoutKeys(names(excluded)));

        assertThat(answer.granted()).isEqualTo(found);
        if (found) {
            assertThat(answer.key()).isEqualTo(name(drained));
        } else {
            assertThat(answer.reason()).isEqualTo("SEARCH_LIMIT");
            assertThat(answer.hintUs()).as("the next may fit at once").isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"3, 0, false, u03", "4, 0, false, u05", "4, 1, false, u04", "3, 0, true, u03", "4, 0, true, u05"})
    void fourHeadsAndThoseThatAreExcludedComeBeforeTheOrderOfTokens(
            int drained, int excluded, boolean groups, String chosen) {
        AccountConfig[] other =
                groups ? new AccountConfig[] {solo("z", SIDES.withRequests(perMinute(9)))} : solos(0, SIDES);
        Engine engine = engine(pool(Strategy.ROUND_ROBIN, solos(6, SIDES, other)));
        for (int i = 0; i < 6; i++) {
            charge(engine, name(i), Ask.tokens(10 - i).answer(i < drained ? 600 : 1));
        }
        if (groups) {
            charge(engine, "z", Ask.tokens(1).answer(600));
        }

        assertThat(engine.acquire(LARGE.withoutKeys(names(excluded))).key()).isEqualTo(chosen);
    }

    @Test
    void unitsThatLeaveTheIndexMeanwhileMakeNoOthersBeLookedAtTwice() {
        Engine engine = engine(headroom(solos(18, SIDES)));
        drain(engine, 18, 17);
        for (int i = 0; i < 8; i++) {
            jedis.hset(engine.prefix + "key:" + name(i), "in_flight", "x");
        }

        assertThat(engine.acquire(LARGE).key()).isEqualTo(name(17));
        assertThat(engine.members("parked")).hasSize(8);
    }

    @ParameterizedTest
    @CsvSource({"-1, 999000", "0, 498000", "1, 999000"})
    void whoIsDeniedByTheBoundHearsWhenTheFirstUnitOpensThatWasNotLookedAt(int other, long hintUs) {
        LimitConfig limits =
                LimitConfig.of("*").withRequests(perMinute(60).withBurst(1)).withTokens(perMinute(1_000));
        AccountConfig z = solo("z", limits.withTokens(perMinute(1_001)));
        Engine engine = engine(
                headroom(other < 0 ? solos(34, limits) : solos(34, limits, z)).withPrices(PRICES));
        if (other == 0) {
            charge(engine, "z", Ask.tokens(900));
            engine.advanceMs(468);
        }
        for (int i = 0; i < 34; i++) {
            engine.advanceMs(1);
            charge(engine, name(i), Ask.tokens(900));
        }
        if (other > 0) {
            charge(engine, "z", Ask.tokens(900));
        }

        Answer denied = engine.acquire(Ask.tokens(1_000));

        assertThat(denied.reason()).isEqualTo("SEARCH_LIMIT");
        assertThat(denied.hintUs()).isEqualTo(hintUs);
    }

    @Test
    void theIndexTellsWhenAUnitThatWasNotLookedAtHasTheTokens() {
        Engine engine = engine(headroom(solos(34, SIDES)));
        for (int i = 0; i < 34; i++) {
            charge(engine, name(i), Ask.tokens(900 + i).answer(999));
        }

        Answer denied = engine.acquire(Ask.tokens(200).answer(1_000));

        assertThat(denied.reason()).isEqualTo("SEARCH_LIMIT");
        assertThat(denied.hintUs()).as("132 tokens of the 33rd").isEqualTo(7_920_000);
    }

    @Test
    void aCallWithoutTokensIsNotPutOffByTheTokensThatAreKept() {
        LimitConfig limits = tokens(perMinute(100)).withRequests(perMinute(10));
        Engine engine =
                engine(headroom(solos(6, limits)).withHeadroom(new HeadroomConfig(50, 50, Duration.ofSeconds(1))));
        for (int i = 0; i < 5; i++) {
            for (int call = 0; call < 6; call++) {
                charge(engine, name(i), Ask.tokens(1).as(Priority.INTERACTIVE));
            }
        }
        charge(engine, name(5), Ask.tokens(100).as(Priority.INTERACTIVE));

        assertThat(engine.acquire(Ask.tokens(0)).key()).isEqualTo(name(5));
    }

    @Test
    void aCallThatCostsNothingIsServedByWhatHasNoMoneyLeft() {
        LimitConfig limits = tokens(perMinute(1_000))
                .with(Dimension.MONEY, List.of(rate(1_000_000, Duration.ofDays(31), Mode.FIXED_MONTH)));
        Engine engine = engine(headroom(solos(2, limits)).withPrices(PRICES));
        charge(engine, name(0), Ask.tokens(600));
        charge(engine, name(1), Ask.tokens(1).money(1_000_000));

        assertThat(engine.acquire(Ask.tokens(600).money(1)).reason()).isEqualTo("RATE_LIMITED");
        assertThat(engine.acquire(Ask.tokens(600)).key()).isEqualTo(name(1));
    }

    @Test
    void aCallThatCostsNothingIsServedByTheKeyOfAnAccountThatHasNoMoneyLeft() {
        LimitConfig dollar = LimitConfig.of("*")
                .with(Dimension.MONEY, List.of(rate(1_000_000, Duration.ofDays(31), Mode.FIXED_MONTH)));
        AccountConfig account = account(
                "acc",
                List.of(LimitConfig.NONE),
                Pools.key("k1", 1, tokens(perMinute(1_000))),
                Pools.key("k2", 1, dollar));
        Engine engine = engine(headroom(account).withPrices(PRICES));
        engine.acquire(engine.nextId(), Ask.tokens(600).withoutKeys("k2"));
        engine.acquire(engine.nextId(), Ask.tokens(1).money(1_000_000).withoutKeys("k1"));

        assertThat(engine.acquire(Ask.tokens(600).money(1)).reason()).isEqualTo("RATE_LIMITED");
        assertThat(engine.acquire(Ask.tokens(600)).key()).isEqualTo("k2");
    }

    @Test
    void aDenialThatBringsAUnitBackWritesItsInstant() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(600)))));
        Answer first = engine.acquire(300);
        engine.acquire(300);
        engine.settle(first, How.of("rate_limited").block("key", 1_000));
        engine.advanceMs(1_000);

        assertThat(engine.acquire(600).granted()).isFalse();

        assertThat(engine.members("ready")).containsExactly("key:a");
        assertThat(engine.hash("meta")).containsEntry("last_us", "" + engine.now);
    }

    @Test
    void aDenialThatBringsAKeyBackWritesItsInstant() {
        Engine engine = engine(headroom(account("a", tokens(perMinute(600)), "k1", "k2")));
        Answer first = engine.acquire(300);
        engine.acquire(300);
        engine.settle(first, How.of("rate_limited").block("key", 1_000));
        assertThat(engine.members("account:a:ready")).hasSize(1);
        engine.advanceMs(1_000);

        assertThat(engine.acquire(600).granted()).isFalse();

        assertThat(engine.members("account:a:ready")).hasSize(2);
        assertThat(engine.hash("meta")).containsEntry("last_us", "" + engine.now);
    }

    @Test
    void whatHasNoStateAnyMoreLeavesTheIndexes() {
        Engine engine = engine(headroom(account("a", LimitConfig.NONE, "k1", "k2")));
        jedis.zadd(engine.prefix + "parked", 1, "account:gone");
        jedis.zadd(engine.prefix + "account:a:parked", 1, "gone");

        assertThat(engine.acquire(1).granted()).isTrue();

        assertThat(engine.members("parked")).isEmpty();
        assertThat(engine.members("account:a:parked")).isEmpty();
    }

    @Test
    void eightKeysComeBackAtATime() {
        Engine engine = engine(headroom(AccountConfig.of("a", keys(10, LimitConfig.NONE))));
        for (int i = 0; i < 10; i++) {
            engine.settle(engine.acquire(1), How.of("rate_limited").block("key", 1_000));
        }
        engine.advanceMs(1_000);

        assertThat(engine.acquire(1).granted()).isTrue();

        assertThat(engine.members("account:a:ready")).hasSize(8);
    }

    private static KeyConfig[] keys(int count, LimitConfig limits) {
        return IntStream.range(0, count).mapToObj(i -> key(name(i), 1, limits)).toArray(KeyConfig[]::new);
    }

    @ParameterizedTest
    @CsvSource({"31, 0, true", "32, 0, false", "33, 2, true", "34, 2, false"})
    void thirtyTwoKeysOfAnAccountAreLookedAtBesidesThoseThatAreExcluded(int drained, int excluded, boolean found) {
        Engine engine = engine(headroom(account("a", List.of(LimitConfig.NONE), keys(36, tokens(perMinute(100))))));
        for (int i = 0; i < 36; i++) {
            assertThat(engine.acquire(i < drained ? 60 : 1).key()).isEqualTo(name(i));
        }

        Answer answer = engine.acquire(Ask.tokens(60).withoutKeys(names(excluded)));

        assertThat(answer.granted()).isEqualTo(found);
        if (found) {
            assertThat(answer.key()).isEqualTo(name(drained));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 60000000", "100, 12000000"})
    void ofKeysThatCanServeAtTheSameTimeTheFirstIsReserved(int requests, long waitUs) {
        LimitConfig limits = requests(perMinute(requests)).withTokens(perMinute(100));
        Engine engine = engine(headroom(account("a", List.of(LimitConfig.NONE), keys(2, limits))));
        engine.acquire(60);
        engine.acquire(60);

        Answer reserved = engine.acquire(Ask.tokens(60).waiting(60_000_000));

        assertThat(reserved.key()).isEqualTo(name(0));
        assertThat(reserved.waitUs()).isEqualTo(waitUs);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aKeyThatStandsOutIsSparedUntilThatTimeIsOver(int moreMs) {
        Engine engine = engine(headroom(account("a", LimitConfig.NONE, "k1", "k2")));
        jedis.hset(engine.prefix + "key:k1", "degraded_until_ms", "" + (engine.now / 1_000 + moreMs));

        assertThat(engine.acquire(1).key()).isEqualTo(moreMs == 0 ? "k1" : "k2");
    }
}
