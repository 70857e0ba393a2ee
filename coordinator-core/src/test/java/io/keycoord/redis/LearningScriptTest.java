package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code lua/lib/learning.lua}: what answers teach about limits. */
class LearningScriptTest extends ScriptTest {
    private static final String MINUTE = " 60000 ";

    private static How told(long tokens, String learnt) {
        return How.success(tokens).learnt(learnt);
    }

    @Test
    void noMoreIsBelievedToBeLeftThanTheProviderSays() {
        Engine engine = engine(headroom(solo("a", limits(perMinute(100), perMinute(6000), 10))));

        engine.settle(engine.acquire(100), told(100, "requests 60000 0 30,tokens 60000 0 600"));

        assertThat(engine.hash("key:a")).containsEntry("requests_left", "30").containsEntry("tokens_left", "600");
        assertThat(engine.acquire(601).granted()).isFalse();
        assertThat(engine.acquire(600).granted()).isTrue();
    }

    @Test
    void aProviderThatSaysMoreLoosensNothing() {
        Engine engine = engine(headroom(solo("a", limits(perMinute(100), perMinute(1000), 10))));

        engine.settle(engine.acquire(900), told(900, "requests 60000 0 5000,tokens 60000 0 999999"));

        assertThat(engine.hash("key:a")).containsEntry("requests_left", "99").containsEntry("tokens_left", "100");
    }

    @Test
    void whatWasLeftWhenTheLeaseBeganHasGrownSince() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(6000)))));
        Answer slow = engine.acquire(100);
        engine.advanceMs(10_000);

        engine.settle(slow, told(100, "tokens 60000 0 0"));

        assertThat(engine.hash("key:a")).as("ten seconds of a hundred a second").containsEntry("tokens_left", "1000");
    }

    @Test
    void whatEarlierCallsHadReservedIsNotGivenBackBeyondTheProvidersWord() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(1000)))));
        Answer early = engine.acquire(500);

        engine.settle(engine.acquire(100), told(100, "tokens" + MINUTE + "0 200"));
        Answer later = engine.acquire(150);
        engine.settle(early, How.success(0));

        assertThat(engine.hash("key:a"))
                .as("the provider knew what the early call had used")
                .containsEntry("tokens_left", "50");
        engine.settle(later, How.success(50));
        assertThat(engine.hash("key:a"))
                .as("what was reserved afterwards is given back as always")
                .containsEntry("tokens_left", "150");
    }

    @Test
    void onlyLimitsOfTheSameWindowLearn() {
        Engine engine = engine(headroom(solo("a", limits(perMinute(100), perMinute(1000), 10))));

        engine.settle(engine.acquire(100), told(100, "requests 86400000 0 0,tokens 1000 0 0,output_tokens 60000 0 0"));

        assertThat(engine.hash("key:a")).containsEntry("requests_left", "99").containsEntry("tokens_left", "900");
    }

    @Test
    void theCountOfAWindowIsRaisedAsLongAsItIsTheSame() {
        RateLimit day =
                RateLimit.of(50, Duration.ofDays(1)).withMode(Mode.FIXED_WINDOW).withArrivalJitter(Duration.ZERO);
        Engine engine = engine(headroom(solo("a", requests(day))));
        Answer today = engine.acquire(1);
        Answer yesterdays = engine.acquire(1);

        engine.settle(today, told(1, "requests 86400000 50 3"));
        assertThat(engine.hash("key:a")).containsEntry("requests_left", "3");

        engine.advanceMs(Duration.ofDays(1).toMillis());
        engine.settle(yesterdays, told(1, "requests 86400000 50 3"));
        assertThat(engine.hash("key:a")).containsEntry("requests_left", "50");
    }

    @Test
    void windowsWithJitterAreKnownByTheirWindow() {
        RateLimit sliding = perMinute(60).withMode(Mode.SLIDING_WINDOW).withArrivalJitter(Duration.ofMillis(250));
        Engine engine = engine(headroom(solo("a", requests(sliding))));

        engine.settle(engine.acquire(1), told(1, "requests" + MINUTE + "30 1"));

        assertThat(engine.hash("key:a")).containsEntry("pace", "requests:4:" + engine.now / 1000);
        assertThat(engine.hash("key:a"))
                .as("what is left of a window that slides is counted here alone")
                .containsEntry("requests_left", "59");
    }

    @Test
    void slowerGrowthHalvesTheRateOnceForAllThatWasUnderWayAndComesBackByItself() {
        Engine engine = engine(headroom(solo("a", requests(perMinute(8).asBucket()))));
        Answer one = engine.acquire(1);
        Answer two = engine.acquire(1);
        engine.advanceMs(60_000);
        engine.settle(one, told(1, "slower"));
        engine.settle(two, told(1, "slower"));

        assertThat(grants(engine)).as("half of eight").isEqualTo(4);
        assertThat(engine.hash("key:a")).containsEntry("pace", "requests:4:" + engine.now / 1000);
        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 10))
                .filteredOn(entry -> entry.getFields().containsValue("SLOWED"))
                .singleElement()
                .satisfies(entry -> assertThat(entry.getFields()).containsEntry("why", "requests_at_4_of_8"));

        engine.advanceMs(450_000);
        assertThat(grants(engine))
                .as("three quarters, and one that begins within")
                .isEqualTo(6);
        engine.advanceMs(450_000);
        assertThat(grants(engine)).as("all of it").isEqualTo(8);
        Answer last = engine.acquire(engine.nextId(), Engine.Ask.tokens(1).waiting(60_000_000));
        engine.settle(last, How.success(1));
        assertThat(engine.hash("key:a")).containsEntry("pace", "");
    }

    /** How many are granted at once. */
    private static int grants(Engine engine) {
        int grants = 0;
        while (engine.acquire(1).granted()) {
            grants++;
        }
        return grants;
    }

    @Test
    void whatIsAskedAgainIsHalvedAgainDownToAnEighth() {
        Engine engine = engine(headroom(solo("a", requests(perMinute(8).asBucket()))));
        for (int eighths : new int[] {4, 2, 1, 1}) {
            Answer lease = engine.acquire(1);
            engine.advanceMs(1);
            engine.settle(lease, told(1, "slower"));
            assertThat(engine.hash("key:a").get("pace")).startsWith("requests:" + eighths + ":");
            engine.advanceMs(120_000);
        }
    }

    @Test
    void aLimitThatIsLowerThanConfiguredGoesAtTheNextLowerStep() {
        Engine engine = engine(headroom(solo("a", limits(perMinute(100), perMinute(1000), 10))));

        engine.settle(engine.acquire(1), told(1, "tokens" + MINUTE + "400 399,requests" + MINUTE + "100 99"));

        assertThat(engine.hash("key:a")).containsEntry("pace", "tokens:2:" + engine.now / 1000);
        Answer lease = engine.acquire(10);
        assertThat(lease.record()).endsWith(" pace=8,2");
        long before = Long.parseLong(engine.hash("key:a").get("tokens_left"));
        engine.settle(lease, How.success(5));
        assertThat(Long.parseLong(engine.hash("key:a").get("tokens_left")))
                .as("given back at the pace at which it was charged")
                .isEqualTo(before + 20);
    }

    @Test
    void eachStepBeginsWithItsShareOfTheConfiguredLimit() {
        int[][] limits = {{999, 6}, {750, 6}, {749, 4}, {500, 4}, {499, 2}, {250, 2}, {249, 1}, {1, 1}};
        for (int[] limit : limits) {
            jedis.flushDB();
            Engine engine = engine(headroom(solo("a", tokens(perMinute(1000)))));
            engine.settle(engine.acquire(1), told(1, "tokens" + MINUTE + limit[0] + " 1"));
            assertThat(engine.hash("key:a")).containsEntry("pace", "tokens:" + limit[1] + ":" + engine.now / 1000);
        }
        Engine engine = engine(headroom(solo("b", tokens(perMinute(1000)))));
        engine.settle(engine.acquire(1), told(1, "tokens" + MINUTE + "1000 1"));
        assertThat(engine.hash("key:b")).doesNotContainKey("pace");
    }

    @Test
    void whatIsSaidAgainIsWrittenNowAndThenOnly() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(1000)))));
        engine.settle(engine.acquire(1), told(1, "tokens" + MINUTE + "600 600"));
        String first = engine.hash("key:a").get("pace");
        engine.advanceMs(59_999);
        engine.settle(engine.acquire(1), told(1, "tokens" + MINUTE + "600 600"));
        assertThat(engine.hash("key:a")).containsEntry("pace", first);

        engine.advanceMs(1);
        engine.settle(engine.acquire(1), told(1, "tokens" + MINUTE + "600 600"));
        assertThat(engine.hash("key:a")).containsEntry("pace", "tokens:4:" + engine.now / 1000);
        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 10))
                .as("logged when it changes")
                .filteredOn(entry -> entry.getFields().containsValue("SLOWED"))
                .hasSize(1);
    }

    @Test
    void aPaceThatIsOverIsNoneEvenBeforeItIsForgotten() {
        Engine engine = engine(headroom(solo("a", requests(perMinute(8).asBucket()))));
        engine.settle(engine.acquire(1), told(1, "slower"));
        engine.advanceMs(900_000);

        Answer lease = engine.acquire(1);

        assertThat(engine.hash("key:a").get("pace")).startsWith("requests:4:");
        assertThat(lease.record()).doesNotContain("pace");
    }

    @Test
    void whatBeganBeforeTheInstantOfSlowingDownDoesNotSlowDownAgain() {
        Engine engine = engine(headroom(solo("a", requests(perMinute(8).asBucket()))));
        engine.now += 500;
        Answer one = engine.acquire(1);
        Answer two = engine.acquire(1);
        engine.now += 500;

        engine.settle(one, told(1, "slower"));
        engine.settle(two, told(1, "slower"));

        assertThat(engine.hash("key:a").get("pace")).startsWith("requests:4:");
    }

    @ParameterizedTest
    @CsvSource({"60, 60", "7, 6"})
    void aLimitThatIsSaidToBeFullStaysAsItIs(long amount, long left) {
        Engine engine = engine(headroom(solo("a", requests(perMinute(amount).asBucket(left)))));
        engine.settle(engine.acquire(1), How.success(1));
        engine.advanceMs(60_000);
        String before = engine.hash("key:a").get("requests_tat");

        engine.report("a", 0, "*", "requests" + MINUTE + "0 " + left);

        assertThat(engine.hash("key:a"))
                .containsEntry("requests_left", "" + left)
                .containsEntry("requests_tat", before);
    }

    @Test
    void limitsOfADayLearnInWholeMilliseconds() {
        Engine engine = engine(headroom(solo("a", requests(Pools.rate(100, Duration.ofDays(1), Mode.BUCKET)))));
        long millis = engine.now / 1000;
        engine.now += 500;
        engine.acquire(1);

        engine.report("a", 0, "*", "requests 86400000 0 0");

        assertThat(engine.hash("key:a"))
                .as("used up from the millisecond in which the answer began")
                .containsEntry("requests_tat", "" + (millis + 86_400_000))
                .as("one request that began in the next one can give back nothing")
                .containsEntry("requests_back", "864000");
    }

    @Test
    void aProviderThatAgreesTakesNoRefundAway() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(1000)))));
        Answer early = engine.acquire(500);
        engine.settle(engine.acquire(100), told(100, "tokens" + MINUTE + "0 400"));

        engine.settle(early, How.success(0));

        assertThat(engine.hash("key:a")).containsEntry("tokens_left", "900");
    }

    @Test
    void theLastMillisecondBelongsToItsWindow() {
        RateLimit day =
                RateLimit.of(50, Duration.ofDays(1)).withMode(Mode.FIXED_WINDOW).withArrivalJitter(Duration.ZERO);
        Engine engine = engine(headroom(solo("a", requests(day))));
        engine.now += Duration.ofHours(12).toNanos() / 1000 - 500;

        engine.settle(engine.acquire(1), told(1, "requests 86400000 50 3"));

        assertThat(engine.hash("key:a")).containsEntry("requests_left", "3");
        engine.now += 500;
        assertThat(grants(engine)).as("the next day's").isEqualTo(50);
    }

    @Test
    void whatAnAccountHasOverallLearnsNothing() {
        Engine engine = engine(headroom(solo("a", requests(perMinute(100))).withOverall(requests(perMinute(50)))));

        engine.settle(engine.acquire(1), told(1, "requests" + MINUTE + "0 7"));

        assertThat(engine.hash("key:a"))
                .containsEntry("requests_left", "7")
                .containsEntry("overall_requests_left", "49");
    }

    @Test
    void aLateAnswerTeachesNothing() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(1000)))));
        Answer lost = engine.acquire(10);
        engine.advanceMs(31_000);
        engine.acquire(0);

        assertThat(engine.settle(lost, told(10, "tokens" + MINUTE + "0 0,slower"))
                        .status())
                .isEqualTo("LATE");

        assertThat(engine.hash("key:a")).containsEntry("tokens_left", "1000").doesNotContainKey("pace");
    }
}
