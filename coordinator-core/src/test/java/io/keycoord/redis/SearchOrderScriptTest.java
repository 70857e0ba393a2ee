package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.TenantConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code lua/lib/acquiring.lua}: what an acquire does before and while it looks for a unit, and how much of it. */
class SearchOrderScriptTest extends ScriptTest {
    private static final long TTL_MS = 30_000;
    private static final Ask NOT_B = Ask.tokens(0).withoutKeys("b");

    @Test
    void eightUnitsComeBackAtATime() {
        AccountConfig[] accounts = IntStream.range(0, 10)
                .mapToObj(i -> solo("a" + i, LimitConfig.NONE))
                .toArray(AccountConfig[]::new);
        Engine engine = engine(headroom(accounts));
        for (int i = 0; i < 10; i++) {
            engine.settle(engine.acquire(1), How.of("rate_limited").block("key", 1_000));
        }
        assertThat(engine.members("ready")).isEmpty();
        engine.advanceMs(1_000);

        assertThat(engine.acquire(1).granted()).isTrue();

        assertThat(engine.members("ready")).hasSize(8);
    }

    @Test
    void fourLeasesAreEndedByTheWay() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        for (int i = 0; i < 6; i++) {
            engine.acquire(0);
        }
        engine.advanceMs(TTL_MS);

        engine.acquire(0);

        assertThat(engine.members("leases")).hasSize(6 - 4 + 1);
    }

    @ParameterizedTest
    @CsvSource({"3, true", "4, true", "131, true", "132, false"})
    void whoFindsNothingEndsTwiceSixtyFourMore(int others, boolean found) {
        Engine engine = engine(headroom(solo("a", concurrency(1)), solo("b", LimitConfig.NONE)));
        for (int i = 0; i < others; i++) {
            assertThat(engine.acquire(Ask.tokens(0).withoutKeys("a")).granted()).isTrue();
        }
        engine.advanceMs(1);
        assertThat(engine.acquire(NOT_B).granted()).isTrue();
        engine.advanceMs(TTL_MS);

        assertThat(engine.acquire(NOT_B).granted()).isEqualTo(found);
    }

    @Test
    void aRepeatTellsHowLongTheWaitStillIs() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(600)))));
        engine.acquire(600);
        Ask ask = Ask.tokens(300).waiting(60_000_000);
        assertThat(engine.acquire("x", ask).waitUs()).isEqualTo(30_000_000);

        engine.advanceMs(29_999);
        assertThat(engine.acquire("x", ask).waitUs()).isEqualTo(1_000);
        engine.advanceMs(2);
        assertThat(engine.acquire("x", ask).waitUs()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anAccountThatStandsOutIsSparedUntilThatTimeIsOver(int moreMs) {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE)));
        jedis.hset(engine.prefix + "key:a", "degraded_until_ms", "" + (engine.now / 1_000 + moreMs));

        assertThat(engine.acquire(1).key()).isEqualTo(moreMs == 0 ? "a" : "b");
        jedis.hset(engine.prefix + "key:b", "blocked_until_ms", "" + (engine.now / 1_000 + 9));
        assertThat(engine.acquire(1).key()).as("rather than none").isEqualTo("a");
    }

    @Test
    void whatIsMetInTheReadyIndexWithItsGatesShutIsParked() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        engine.advanceMs(5);
        jedis.hset(engine.prefix + "key:a", "blocked_until_ms", "" + (engine.now / 1_000 + 1));

        Answer denied = engine.acquire(1);

        assertThat(denied.reason()).isEqualTo("BLOCKED");
        assertThat(denied.hintUs()).isEqualTo(1_000);
        assertThat(engine.members("parked")).containsExactly("key:a");
        assertThat(engine.members("ready")).isEmpty();
        assertThat(engine.hash("key:a")).containsEntry("index", "parked");
        assertThat(engine.hash("meta")).containsEntry("last_us", "" + engine.now);
    }

    @Test
    void ofTwoBudgetsThatLackASlotTheFirstIsWaitedFor() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE))
                .withTenants(TenantConfig.of("search", concurrency(1)), TenantConfig.of("chat", concurrency(1)))
                .withOverall(concurrency(2)));
        Answer search = engine.acquire(Ask.tokens(0).tenant("search"));
        Answer chat = engine.acquire(Ask.tokens(0).tenant("chat"));
        assertThat(engine.acquire("w", "r", Ask.tokens(0).tenant("search")).waits())
                .isTrue();

        engine.settle(chat, How.success(0));
        assertThat(engine.members("called")).isEmpty();
        engine.settle(search, How.success(0));
        assertThat(engine.members("called")).containsExactly("w/r");
    }

    @Test
    void aSwitchThatNobodyKnowsIsNamedByItsFirstSixtyFourCharacters() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        jedis.hset(engine.prefix + "meta", "switch", "x".repeat(63) + "yz");

        assertThatThrownBy(() -> engine.acquire(1))
                .hasMessageContaining("DAMAGED meta switch is " + "x".repeat(63) + "y, expected");
    }

    @Test
    void aRoomHasThirtyTwoCharactersAndAnEndpointAHundredAndTwentyEight() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));

        assertThat(engine.acquire("w", "r".repeat(32), Ask.tokens(1)).granted()).isTrue();
        assertThatThrownBy(() -> engine.acquire("w", "r".repeat(33), Ask.tokens(1)))
                .hasMessageContaining("BADARG room");
        assertThat(engine.acquire(Ask.tokens(1).calling("m".repeat(128))).granted())
                .isTrue();
        assertThatThrownBy(() -> engine.acquire(Ask.tokens(1).calling("m".repeat(129))))
                .hasMessageContaining("BADARG endpoint");
    }

    @Test
    void eachPartOfAGrantIsRecorded() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(600)))));
        engine.acquire(600);

        Answer reserved = engine.acquire(Ask.tokens(7).answer(3).waiting(60_000_000));

        assertThat(reserved.reply().number(5))
                .as("from its start")
                .isEqualTo((Engine.NOON + 1_000_000) / 1_000 + TTL_MS);
        assertThat(reserved.record())
                .contains("tokens=10 input=7 money=0 since=" + Engine.NOON / 1_000)
                .contains("start=" + (Engine.NOON + 1_000_000) + " gen=1 probe=0");
        assertThat(engine.hash("holders")).containsEntry(reserved.id(), reserved.record());
        assertThat(jedis.zscore(engine.prefix + "leases", reserved.id()))
                .isEqualTo((Engine.NOON + 1_000_000) / 1_000d + TTL_MS);
        assertThat(engine.hash("meta")).containsEntry("seq", "2").containsEntry("last_us", "" + Engine.NOON);
    }
}
