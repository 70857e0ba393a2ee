package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.BreakerConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.Strategy;
import io.keycoord.config.UnhealthyPolicy;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The breaker of a key, in {@code lua/lib/breaker.lua}. */
class BreakerScriptTest extends ScriptTest {
    private static final How KEY_ERROR = How.of("key_failed");

    @Test
    void opensAtTheThirdErrorWithinTheWindow() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));

        engine.settle(engine.acquire(0), KEY_ERROR);
        engine.settle(engine.acquire(0), KEY_ERROR);
        Reply third = engine.settle(engine.acquire(0), KEY_ERROR);

        assertThat(third.text(4)).isEqualTo("OPENED");
        Answer denied = engine.acquire(0);
        assertThat(denied.reason()).isEqualTo("UNHEALTHY");
        assertThat(denied.hintUs()).isEqualTo(60_000_000);
        assertThat(engine.hash("key:a")).containsEntry("state", "OPEN").containsEntry("errors_in_window", "3");
    }

    @Test
    void forgetsErrorsOutsideTheWindow() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        for (int i = 0; i < 20; i++) {
            engine.settle(engine.acquire(0), KEY_ERROR);
            engine.advanceMs(30_000);
        }

        assertThat(engine.hash("key:a")).containsEntry("state", "CLOSED");
    }

    @Test
    void sendsOneProbeAndClosesOnItsSuccess() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        open(engine);
        engine.advanceMs(60_000);

        Answer probe = engine.acquire(0);

        assertThat(probe.lease().probe()).isTrue();
        assertThat(engine.acquire(0).reason()).isEqualTo("UNHEALTHY");
        assertThat(engine.settle(probe, How.success(0)).text(4)).isEqualTo("CLOSED");
        assertThat(engine.acquire(0).lease().probe()).isFalse();
    }

    @Test
    void restsLongerEachTimeTheProbeFails() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        open(engine);
        long[] rests = {60_000, 120_000, 240_000, 480_000, 600_000, 600_000};
        for (long rest : rests) {
            assertThat(engine.acquire(0).hintUs()).isEqualTo(rest * 1000);
            engine.advanceMs(rest);
            engine.settle(engine.acquire(0), KEY_ERROR);
        }
    }

    @Test
    void aLostProbeBlocksNoLongerThanItsLease() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        open(engine);
        engine.advanceMs(60_000);
        Answer lost = engine.acquire(0);
        engine.advanceMs(30_000);

        Answer next = engine.acquire(0);

        assertThat(next.lease().probe()).isTrue();
        assertThat(engine.settle(lost, How.success(0)).status()).isEqualTo("LATE");
        assertThat(engine.hash("key:a")).containsEntry("state", "HALF_OPEN");
    }

    @Test
    void aProbeThatSaysNothingMakesAnotherDue() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        open(engine);
        engine.advanceMs(60_000);

        engine.settle(engine.acquire(0), How.of("network_failed"));

        assertThat(engine.acquire(0).lease().probe()).isTrue();
    }

    @Test
    void aRateLimitedProbeClosesAndBlocks() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        open(engine);
        engine.advanceMs(60_000);

        engine.settle(engine.acquire(0), How.of("rate_limited").block("account_models", 2_000));

        assertThat(engine.acquire(0).reason()).isEqualTo("BLOCKED");
        engine.advanceMs(2_000);
        assertThat(engine.acquire(0).lease().probe()).isFalse();
    }

    @Test
    void resultsOfAnOlderGenerationCountForNothing() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        List<Answer> before = List.of(engine.acquire(0), engine.acquire(0));
        open(engine);
        engine.advanceMs(20_000);

        assertThat(engine.settle(before.get(0), How.success(0)).text(4)).isEqualTo("NONE");
        assertThat(engine.settle(before.get(1), KEY_ERROR).text(4)).isEqualTo("NONE");
        assertThat(engine.acquire(0).hintUs()).isEqualTo(40_000_000);
    }

    @Test
    void aDeadCredentialIsDisabledForGood() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE)));
        Answer bad = engine.acquire(0);

        assertThat(engine.settle(bad, KEY_ERROR.failure("dead")).text(4)).isEqualTo("DISABLED");

        engine.advanceMs(86_400_000);
        for (int i = 0; i < 4; i++) {
            assertThat(engine.acquire(0).key()).isNotEqualTo(bad.key());
        }
        assertThat(engine.acquire("x", Ask.tokens(0).withoutAccounts(bad.key().equals("a") ? "b" : "a"))
                        .reason())
                .isEqualTo("NO_KEY");
    }

    @Test
    void aSuspectKeyRestsAtOnce() {
        Engine engine = engine(headroom(account("a", LimitConfig.NONE, "k1", "k2")));
        Answer bad = engine.acquire(0);

        assertThat(engine.settle(bad, KEY_ERROR.failure("suspect")).text(4)).isEqualTo("OPENED");
        assertThat(engine.acquire(0).key()).isNotEqualTo(bad.key());
    }

    @Test
    void aProviderThatFailsForEverybodyBlamesNoKey() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE)));
        for (int i = 0; i < 20; i++) {
            engine.settle(engine.acquire(0), How.of("provider_failed").on("m"));
        }

        assertThat(engine.hash("key:a")).containsEntry("state", "CLOSED");
        assertThat(engine.hash("key:b")).containsEntry("state", "CLOSED");
    }

    @Test
    void aKeyThatFailsWhereAnotherAccountSucceedsIsBlamed() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE)));
        engine.settle(engine.acquire("1", Ask.tokens(0).withoutAccounts("a")), How.success(0));
        for (int i = 0; i < 3; i++) {
            engine.settle(engine.acquire("x" + i, Ask.tokens(0).withoutAccounts("b")), How.of("provider_failed"));
        }

        assertThat(engine.hash("key:a")).containsEntry("state", "OPEN");
    }

    @Test
    void successWithAnotherModelIsNoEvidence() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE)));
        engine.settle(
                engine.acquire("1", Ask.tokens(0).withoutAccounts("a")),
                How.success(0).on("other"));
        for (int i = 0; i < 3; i++) {
            engine.settle(engine.acquire("x" + i, Ask.tokens(0).withoutAccounts("b")), How.of("provider_failed"));
        }

        assertThat(engine.hash("key:a")).containsEntry("state", "CLOSED");
    }

    @Test
    void sendsOneCallToTheLeastBadKeyIfConfigured() {
        Engine engine = engine(Pools.pool(
                Strategy.MOST_HEADROOM,
                UnhealthyPolicy.LEAST_BAD,
                BreakerConfig.STANDARD,
                List.of(solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE))));
        for (String other : List.of("a", "b")) {
            for (int i = 0; i < 3; i++) {
                engine.settle(engine.acquire(other + i, Ask.tokens(0).withoutAccounts(other)), KEY_ERROR);
            }
            engine.advanceMs(1_000);
        }

        Answer only = engine.acquire(0);

        assertThat(only.key()).as("the one whose rest ends first").isEqualTo("b");
        assertThat(engine.acquire(0).reason()).isEqualTo("UNHEALTHY");
        engine.settle(only, KEY_ERROR);
        assertThat(engine.acquire(0).key()).isEqualTo("a");
    }

    @Test
    void opensByTheRateOfErrorsOrByErrorsInARow() {
        BreakerConfig rate = breaker(1000, OptionalDouble.of(0.5), OptionalInt.empty());
        Engine byRate = engine(
                Pools.pool(Strategy.MOST_HEADROOM, UnhealthyPolicy.DENY, rate, List.of(solo("a", LimitConfig.NONE))));
        List<String> changes = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            How how = i % 2 == 0 ? How.success(0) : KEY_ERROR;
            changes.add(byRate.settle(byRate.acquire(0), how).text(4));
        }
        assertThat(changes.subList(0, 9)).containsOnly("NONE");
        assertThat(changes.get(9)).isEqualTo("OPENED");

        jedis.flushDB();
        BreakerConfig row = breaker(1000, OptionalDouble.empty(), OptionalInt.of(2));
        Engine inARow = engine(
                Pools.pool(Strategy.MOST_HEADROOM, UnhealthyPolicy.DENY, row, List.of(solo("a", LimitConfig.NONE))));
        inARow.settle(inARow.acquire(0), KEY_ERROR);
        inARow.settle(inARow.acquire(0), How.success(0));
        inARow.settle(inARow.acquire(0), KEY_ERROR);
        assertThat(inARow.settle(inARow.acquire(0), KEY_ERROR).text(4)).isEqualTo("OPENED");
    }

    private Engine with(BreakerConfig breaker) {
        return engine(Pools.pool(
                Strategy.MOST_HEADROOM, UnhealthyPolicy.DENY, breaker, List.of(solo("a", LimitConfig.NONE))));
    }

    private static String settled(Engine engine, How how) {
        return engine.settle(engine.acquire(0), how).text(4);
    }

    @ParameterizedTest
    @CsvSource({"600000, 120", "600001, 60"})
    void aKeyThatHasBeenWellLongerThanTheLongestRestBeginsAnew(long wellMs, long restSeconds) {
        Engine engine = with(BreakerConfig.STANDARD);
        open(engine);
        engine.advanceMs(60_000);
        assertThat(settled(engine, How.success(0))).isEqualTo("CLOSED");
        engine.advanceMs(wellMs);

        open(engine);

        assertThat(engine.acquire(0).hintUs()).isEqualTo(restSeconds * 1_000_000);
    }

    @Test
    void aProbeThatComesVeryLateAndFailsRestsLongerAllTheSame() {
        Engine engine = with(BreakerConfig.STANDARD);
        open(engine);
        engine.advanceMs(3_600_000);

        assertThat(settled(engine, KEY_ERROR)).isEqualTo("OPENED");

        assertThat(engine.acquire(0).hintUs()).isEqualTo(120_000_000);
    }

    @Test
    void whatClosesForgetsItsErrorsAndItsRest() {
        Engine engine = with(BreakerConfig.STANDARD);
        open(engine);
        engine.advanceMs(60_000);

        engine.settle(engine.acquire(0), How.success(0));

        assertThat(engine.hash("key:a"))
                .containsEntry("until_ms", "0")
                .containsEntry("errors", "")
                .containsEntry("errors_in_window", "0")
                .containsEntry("consecutive", "0")
                .containsEntry("probe", "");
    }

    @Test
    void aSuccessOfAKeyWithoutAnyFaultWritesNothingOfItsBreaker() {
        Engine engine = with(BreakerConfig.STANDARD);

        settled(engine, How.success(0));

        assertThat(engine.hash("key:a")).doesNotContainKeys("errors", "oks", "consecutive");
    }

    @Test
    void aProbeDecidesNothingOnceAnOperatorHas() {
        Engine engine = with(BreakerConfig.STANDARD.withCoolDown(Duration.ofMillis(100), Duration.ofSeconds(1)));
        open(engine);
        engine.advanceMs(100);
        Answer probe = engine.acquire(0);
        assertThat(probe.lease().probe()).isTrue();
        engine.operate("drain", "a", "ops", "planned");

        engine.settle(probe, How.success(0));

        assertThat(engine.hash("key:a")).containsEntry("state", "DRAINING");
    }

    @Test
    void anEarlierProbeDecidesNothingForTheOneUnderWay() {
        Engine engine = with(BreakerConfig.STANDARD.withCoolDown(Duration.ofMillis(100), Duration.ofSeconds(1)));
        open(engine);
        engine.advanceMs(100);
        Answer earlier = engine.acquire(0);
        engine.operate("enable", "a", "ops", "it works");
        open(engine);
        engine.advanceMs(100);
        Answer underWay = engine.acquire(0);
        assertThat(underWay.lease().probe()).isTrue();

        assertThat(engine.settle(earlier, How.success(0)).text(4)).isEqualTo("NONE");
        assertThat(engine.hash("key:a")).containsEntry("state", "HALF_OPEN");
        assertThat(engine.settle(underWay, How.success(0)).text(4)).isEqualTo("CLOSED");
    }

    @Test
    void aProbeThatSaidNothingIsNoneAnyMore() {
        Engine engine = with(BreakerConfig.STANDARD);
        open(engine);
        engine.advanceMs(60_000);

        engine.settle(engine.acquire(0), How.of("network_failed"));

        assertThat(engine.hash("key:a")).containsEntry("probe", "").containsEntry("state", "OPEN");
    }

    @Test
    void aKeyThatIsDisabledHasNoEndOfRest() {
        Engine engine = with(BreakerConfig.STANDARD);

        assertThat(settled(engine, KEY_ERROR.failure("dead"))).isEqualTo("DISABLED");

        assertThat(engine.hash("key:a")).containsEntry("until_ms", "0");
    }

    @Test
    void theRateIsThatOfAllCallsInTheWindow() {
        Engine engine = with(breaker(1000, OptionalDouble.of(0.455), OptionalInt.empty()));
        for (int i = 0; i < 12; i++) {
            settled(engine, How.success(0));
        }
        for (int i = 0; i < 10; i++) {
            assertThat(settled(engine, KEY_ERROR)).as("at most 10 of 22").isEqualTo("NONE");
        }
        assertThat(settled(engine, KEY_ERROR)).as("11 of 23").isEqualTo("OPENED");
    }

    @Test
    void oneCallInAThousandMayBeTooOften() {
        Engine engine = with(breaker(1000, OptionalDouble.of(0.001), OptionalInt.empty()));
        for (int i = 0; i < 9; i++) {
            settled(engine, How.success(0));
        }

        assertThat(settled(engine, KEY_ERROR)).isEqualTo("OPENED");
    }

    @Test
    void withoutARateErrorsAloneCount() {
        Engine engine = with(breaker(1000, OptionalDouble.empty(), OptionalInt.empty()));
        for (int i = 0; i < 12; i++) {
            assertThat(settled(engine, KEY_ERROR)).isEqualTo("NONE");
        }
    }

    @Test
    void oneErrorInARowMayBeEnough() {
        Engine engine = with(breaker(1000, OptionalDouble.empty(), OptionalInt.of(1)));

        assertThat(settled(engine, KEY_ERROR)).isEqualTo("OPENED");
    }

    @ParameterizedTest
    @CsvSource({"9998, 9999", "9999, 9999"})
    void aTwelfthOfTheWindowCountsNoFurther(int before, int after) {
        Engine engine = with(breaker(1000, OptionalDouble.of(0.5), OptionalInt.empty()));
        long slot = engine.now / 1000 / 5_000;
        jedis.hset(engine.prefix + "key:a", "oks", slot + " " + before);

        settled(engine, How.success(0));

        assertThat(engine.hash("key:a")).containsEntry("oks", slot + " " + after);
    }

    private static BreakerConfig breaker(int errors, OptionalDouble rate, OptionalInt consecutive) {
        return new BreakerConfig(
                errors, Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofMinutes(10), 10, rate, consecutive);
    }

    private static void open(Engine engine) {
        for (int i = 0; i < 3; i++) {
            engine.settle(engine.acquire(0), KEY_ERROR);
        }
    }
}
