package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.config.LimitConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys that come back because the provider says so, in {@code lua/revive.lua}. */
class ReviveScriptTest extends ScriptTest {
    private static final Ask OF_A = Ask.tokens(0).withoutKeys("b");
    private static final String DEAD = "http_401_key_invalid";
    private static final String MONEY = "http_402_money";

    private Engine engine;
    private int leases;

    @BeforeEach
    void pool() {
        engine = engine(headroom(solo("a", concurrency(2)), solo("b", concurrency(2))));
    }

    private void settle(Engine pool, Ask ask, How how, String why) {
        pool.why = why;
        Answer out = pool.acquire("lease" + leases++, ask);
        pool.settle(out, how);
    }

    private void kill() {
        settle(engine, OF_A, How.of("key_failed").failure("dead"), DEAD);
    }

    private String revive(String key, String causes) {
        return engine.revive("revive", key, causes, 0, 0).status();
    }

    private String claim(String causes) {
        return engine.revive("claim", "a", causes, 60_000, 200_000).status();
    }

    @Test
    void aDeadKeyComesBackAndTheLogSaysWhoDidIt() {
        kill();

        Reply reply = engine.revive("revive", "a", DEAD, 0, 0);

        assertThat(reply.fields().subList(4, 6)).isEqualTo(List.of("DISABLED", "CLOSED"));
        assertThat(engine.hash("key:a")).containsEntry("why", "health_check").containsEntry("errors_in_window", "0");
        assertThat(engine.acquire("x", OF_A).granted()).isTrue();
        var entry = jedis.xrevrange(engine.prefix + "log", "+", "-", 1).get(0).getFields();
        assertThat(entry).containsValues("REVIVED", "check", "it is good");
    }

    @Test
    void aSuspectKeyComesBackBeforeItsRestIsOverAndKeepsItsRepeats() {
        settle(engine, OF_A, How.of("key_failed").failure("suspect"), DEAD);
        assertThat(engine.hash("key:a")).containsEntry("state", "OPEN");

        assertThat(revive("a", "other," + DEAD)).isEqualTo("REVIVED");

        assertThat(engine.hash("key:a")).containsEntry("state", "CLOSED").containsEntry("trips", "1");
    }

    @Test
    void whatAnOperatorHasDrainedStaysDrained() {
        kill();
        engine.operate("drain", "a", "ops", "planned");

        assertThat(revive("a", DEAD)).isEqualTo("NOT_OUT");
        assertThat(revive("a", "operator")).isEqualTo("NOT_OUT");
        assertThat(claim(DEAD + ",operator")).isEqualTo("NOT_OUT");

        assertThat(engine.hash("key:a")).containsEntry("state", "DRAINING");
    }

    @Test
    void aDrainedKeyThatIsBlockedTooStaysAsItIs() {
        settle(engine, OF_A, How.of("rate_limited").block("key", 60_000), MONEY);
        engine.operate("drain", "a", "ops", "planned");

        assertThat(revive("a", MONEY)).isEqualTo("NOT_OUT");
        assertThat(engine.hash("key:a")).containsEntry("blocked_why", MONEY);
    }

    @Test
    void aKeyThatIsOutForAnotherReasonStaysOut() {
        kill();
        assertThat(revive("a", MONEY)).isEqualTo("NOT_OUT");
        assertThat(engine.hash("key:a")).containsEntry("state", "DISABLED");

        settle(engine, Ask.tokens(0).withoutKeys("a"), How.of("rate_limited").block("account", 60_000), "test");
        assertThat(revive("b", MONEY)).isEqualTo("NOT_OUT");
    }

    @Test
    void aKeyInServiceIsNotTouched() {
        assertThat(revive("a", "ok,operator,health_check")).isEqualTo("NOT_OUT");
        assertThat(revive("nobody", DEAD)).isEqualTo("NO_KEY");
    }

    @Test
    void theProbeOfABreakerDecidesByItself() {
        settle(engine, OF_A, How.of("key_failed").failure("suspect"), DEAD);
        engine.advanceMs(100_000);
        engine.acquire("probe", OF_A);
        assertThat(engine.hash("key:a")).containsEntry("state", "HALF_OPEN");

        assertThat(revive("a", DEAD)).isEqualTo("NOT_OUT");
    }

    @ParameterizedTest
    @CsvSource({"59999, REVIVED", "60000, NOT_OUT"})
    void aBlockEndsWhileItLasts(long laterMs, String status) {
        settle(engine, OF_A, How.of("rate_limited").block("key", 60_000), MONEY);
        engine.advanceMs(laterMs);

        assertThat(revive("a", MONEY)).isEqualTo(status);
        assertThat(engine.acquire("x", OF_A).granted()).isTrue();
    }

    @Test
    void theBlockOfAnAccountEndsForAllItsClassesAndKeysButNotThoseOfOtherCauses() {
        Engine classes = engine(headroom(account(
                "c",
                List.of(LimitConfig.of("x*"), LimitConfig.of("y*"), LimitConfig.of("z*")),
                Pools.key("k1"),
                Pools.key("k2"))));
        settle(classes, Ask.tokens(0).model("z"), How.of("rate_limited").block("account_models", 90_000), "slow");
        settle(classes, Ask.tokens(0).model("x"), How.of("rate_limited").block("account", 60_000), MONEY);
        assertThat(classes.acquire("1", Ask.tokens(0).model("y")).granted()).isFalse();

        assertThat(classes.revive("revive", "k1", MONEY, 0, 0).status()).isEqualTo("REVIVED");

        assertThat(classes.acquire("2", Ask.tokens(0).model("x").withoutKeys("k1"))
                        .granted())
                .isTrue();
        assertThat(classes.acquire("3", Ask.tokens(0).model("y")).granted()).isTrue();
        assertThat(classes.acquire("4", Ask.tokens(0).model("z")).granted()).isFalse();
    }

    @Test
    void whatIsRevivedCallsTheOneWhoWaits() {
        jedis.flushDB();
        Engine one = engine(headroom(solo("w", concurrency(1))));
        Answer out = one.acquire("first", Ask.tokens(0));
        assertThat(one.acquire("w1", "r", Ask.tokens(0)).waits()).isTrue();
        one.why = DEAD;
        one.settle(out, How.of("key_failed").failure("dead"));
        assertThat(one.members("called")).isEmpty();

        one.revive("revive", "w", DEAD, 0, 0);

        assertThat(one.members("called")).containsExactly("w1/r");
        one.leave("w1", "r");
    }

    @Test
    void ofAllWorkersOneAsksAndLessAndLessOften() {
        kill();
        assertThat(claim(DEAD)).isEqualTo("CLAIMED");
        assertThat(claim(DEAD)).isEqualTo("NOT_DUE");
        engine.advanceMs(59_999);
        assertThat(claim(DEAD)).isEqualTo("NOT_DUE");
        engine.advanceMs(1);
        assertThat(claim(DEAD)).isEqualTo("CLAIMED");
        engine.advanceMs(119_999);
        assertThat(claim(DEAD)).isEqualTo("NOT_DUE");
        engine.advanceMs(1);
        assertThat(claim(DEAD)).isEqualTo("CLAIMED");
        engine.advanceMs(199_999);
        assertThat(claim(DEAD)).as("no longer than the longest").isEqualTo("NOT_DUE");
        engine.advanceMs(1);
        assertThat(claim(DEAD)).isEqualTo("CLAIMED");
    }

    @Test
    void afterALongTimeWithoutAClaimTheRestsBeginAnew() {
        kill();
        claim(DEAD);
        engine.advanceMs(60_000);
        claim(DEAD);
        engine.advanceMs(120_000 + 200_000);
        assertThat(claim(DEAD)).isEqualTo("CLAIMED");
        engine.advanceMs(60_000);
        assertThat(claim(DEAD)).isEqualTo("CLAIMED");
    }

    @Test
    void aRevivalDoesNotShortenTheRests() {
        kill();
        claim(DEAD);
        revive("a", DEAD);
        kill();
        assertThat(claim(DEAD)).isEqualTo("NOT_DUE");
    }

    @Test
    void aClaimChangesNothingElse() {
        kill();
        var before = engine.hash("key:a");
        claim(DEAD);
        var after = engine.hash("key:a");
        after.keySet().removeAll(List.of("asked_until_ms", "asked_rest_ms"));
        assertThat(after).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kill|a|x|0|0|action is kill, expected claim or revive",
                "claim|a b|x|0|0|key_id is a b, expected",
                "claim|a|x y|0|0|causes is x y, expected",
                "claim|a|,|0|0|causes is ,, expected 1 to 8 words",
                "claim|a|1,2,3,4,5,6,7,8,9|0|0|expected 1 to 8 words",
                "claim|a|x|-1|0|rest_ms is -1, expected an integer of 0 to 86400000",
                "claim|a|x|86400001|86400001|rest_ms is 86400001",
                "claim|a|x|5|4|longest_ms is 4, expected an integer of 5 to 86400000",
                "claim|a|x|5|86400001|longest_ms is 86400001"
            })
    void nonsenseIsRefused(String action, String key, String causes, long rest, long longest, String message) {
        kill();
        assertThatThrownBy(() -> engine.revive(action, key, causes, rest, longest))
                .hasStackTraceContaining("BADARG")
                .hasStackTraceContaining(message);
    }
}
