package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Shares of the limits for workers that may be cut off, in {@code lua/present.lua}. */
class PresentScriptTest extends ScriptTest {
    private static final long SECOND_US = 1_000_000;
    private static final String WINDOW_MS = "60000";

    @SuppressWarnings("NullAway.Init")
    private Engine engine;

    private void with(LimitConfig limits) {
        engine = engine(headroom(solo("a", limits)));
    }

    private Reply present(String worker, String how, long believed) {
        return engine.scripts.run(
                Script.PRESENT,
                engine.prefix + "meta",
                List.of("" + engine.now, worker, "" + engine.now, how, "" + believed, WINDOW_MS));
    }

    private long share(String worker, long believed) {
        return present(worker, "here", believed).number(4);
    }

    private long meta(String field) {
        return Long.parseLong(engine.hash("meta").get(field));
    }

    private long granted() {
        long granted = 0;
        while (engine.acquire(1).granted()) {
            granted++;
        }
        return granted;
    }

    private void lapse() {
        engine.now += 10 * SECOND_US;
    }

    @Test
    void aLoneWorkerGetsTwoFifthsAndTwoShareFour() {
        with(requests(perMinute(50)));

        assertThat(share("w1", 0)).isEqualTo(400_000);
        assertThat(share("w2", 0)).isEqualTo(400_000);
        assertThat(meta("shared")).isEqualTo(800_000);
        assertThat(meta("withheld")).isZero();
    }

    @Test
    void aNewcomerGetsWhatTheOthersHaveSaidTheyLeave() {
        with(requests(perMinute(50)));
        share("w1", 0);
        share("w2", 0);

        assertThat(share("w3", 0)).isZero();
        assertThat(share("w1", 400_000)).isEqualTo(266_666);
        assertThat(share("w3", 0))
                .as("w1 goes by its old share until it says otherwise")
                .isZero();
        assertThat(share("w1", 266_666)).isEqualTo(266_666);
        assertThat(share("w3", 0)).isEqualTo(133_334);
        assertThat(meta("shared")).isEqualTo(800_000);
    }

    @Test
    void whoHasNotHeardOfItsSmallerShareHasTheOldOneWithheld() {
        with(requests(perMinute(50)));
        share("w1", 0);
        share("w2", 0);
        share("w3", 0);
        share("w1", 400_000);
        lapse();

        assertThat(share("w4", 0)).isZero();
        assertThat(meta("withheld")).isEqualTo(800_000);
    }

    @Test
    void nobodyBelievesInMoreThanItWasTold() {
        with(requests(perMinute(50)));

        assertThat(share("w1", 1_000_000)).isEqualTo(400_000);
        assertThat(meta("shared")).isEqualTo(400_000);
    }

    @Test
    void ofWhatEveryLimitHoldsAnAcquireLeavesTheSharesOfTheLapsed() {
        with(requests(perMinute(50)));
        share("w1", 0);
        lapse();

        assertThat(granted()).isEqualTo(30);
        assertThat(meta("withheld")).isEqualTo(400_000);
        engine.now += 10 * SECOND_US;
        assertThat(granted()).as("the rate is lower as well").isEqualTo(5);
        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 1).get(0).getFields())
                .containsEntry("subject", "w1")
                .containsEntry("what", "LAPSED")
                .containsEntry("why", "400000_millionths_are_withheld");
    }

    @Test
    void whoSaysThatItIsThereDoesNotLapse() {
        with(requests(perMinute(50)));
        share("w1", 0);
        engine.now += 10 * SECOND_US - 1_000;
        share("w1", 400_000);
        engine.now += 10 * SECOND_US - 1_000;

        assertThat(granted()).isEqualTo(50);
    }

    @Test
    void windowsAndSlotsAreLowerAsWell() {
        with(requests(rate(10, Duration.ofMinutes(1), Mode.SLIDING_WINDOW)).withConcurrency(5));
        share("w1", 0);
        lapse();

        assertThat(granted()).isEqualTo(3);
        assertThat(engine.acquire(1).reply().text(4)).isEqualTo("CONCURRENCY");
    }

    @Test
    void ofOneSlotAndOfALimitOfOneOneIsLeft() {
        with(concurrency(1).withRequests(rate(1, Duration.ofMinutes(1), Mode.FIXED_WINDOW)));
        share("w1", 0);
        share("w2", 0);
        lapse();

        assertThat(granted()).isEqualTo(1);
        assertThat(meta("withheld")).isEqualTo(800_000);
    }

    @Test
    void whatFitsIntoTheWholeIsNotImpossible() {
        with(Pools.tokens(perMinute(500)));
        share("w1", 0);
        lapse();

        Reply denied = engine.acquire(Ask.tokens(400)).reply();

        assertThat(denied.text(4)).isEqualTo("RATE_LIMITED");
        assertThat(denied.number(5)).isEqualTo(SECOND_US);
        assertThat(engine.acquire(300).granted()).isTrue();
    }

    @Test
    void whatHoldsTooLittleIsNotDividedAndServesOnAtItsWholeRate() {
        with(requests(perMinute(60).asBucket(1)));
        share("w1", 0);
        share("w2", 0);
        lapse();

        for (int i = 0; i < 5; i++) {
            assertThat(granted()).isEqualTo(1);
            engine.now += SECOND_US;
        }
        assertThat(meta("withheld")).isEqualTo(800_000);
    }

    @Test
    void aDayIsNotDivided() {
        with(requests(rate(10, Duration.ofDays(1), Mode.FIXED_WINDOW)));
        share("w1", 0);
        lapse();

        assertThat(granted()).isEqualTo(10);
        assertThat(meta("withheld")).isEqualTo(400_000);
    }

    @Test
    void aVeryLargeLimitIsDividedExactly() {
        with(Pools.tokens(rate(999_999_999_999L, Duration.ofMinutes(1), Mode.FIXED_WINDOW)));
        share("w1", 0);
        lapse();
        engine.acquire(1);

        assertThat(engine.hash("key:a")).containsEntry("tokens_left", "599999999998");
    }

    @Test
    void whoIsBackHasNoShareUntilAWindowHasGoneBy() {
        with(requests(perMinute(50)));
        share("w1", 0);
        lapse();
        granted();

        assertThat(share("w1", 0)).isZero();
        engine.now += 60 * SECOND_US - 1_000;
        assertThat(share("w1", 0)).isZero();
        assertThat(meta("withheld")).isEqualTo(400_000);
        engine.now += SECOND_US;
        granted();

        assertThat(meta("withheld")).isZero();
        assertThat(share("w1", 0)).isEqualTo(400_000);
    }

    @Test
    void whoStillHasCallsUnderWayKeepsItWithheld() {
        with(concurrency(10));
        share("w1", 0);
        lapse();
        granted();
        engine.now += 100 * SECOND_US;

        present("w1", "busy", 0);
        engine.now += 60 * SECOND_US;
        granted();
        assertThat(meta("withheld")).isEqualTo(400_000);
        share("w1", 0);
        engine.now += 60 * SECOND_US;
        engine.acquire(1);

        assertThat(meta("withheld")).isZero();
    }

    @Test
    void whoNeverComesBackHasItWithheldForFiveMinutesAndAWindow() {
        with(requests(perMinute(50)));
        share("w1", 0);
        lapse();
        granted();
        engine.now += 360 * SECOND_US - 1_000;
        granted();
        assertThat(meta("withheld")).isEqualTo(400_000);
        engine.now += 1_000;
        granted();

        assertThat(meta("withheld")).isZero();
        assertThat(meta("shared")).isZero();
        assertThat(engine.hash("shares")).containsOnlyKeys("-");
    }

    @Test
    void whoSaysThatItGoesTakesNothingAlong() {
        with(requests(perMinute(50)));
        share("w1", 0);
        present("w1", "gone", 400_000);
        lapse();

        assertThat(granted()).isEqualTo(50);
        assertThat(meta("shared")).isZero();
    }

    @Test
    void aWordThatWasOnItsWayForLongSaysNothing() {
        with(requests(perMinute(50)));
        share("w1", 0);
        String sent = "" + engine.now;
        engine.now += 10 * SECOND_US + 1;

        Reply reply = engine.scripts.run(
                Script.PRESENT,
                engine.prefix + "meta",
                List.of("" + engine.now, "w1", sent, "here", "400000", WINDOW_MS));

        assertThat(reply.status()).isEqualTo("STALE");
        assertThat(granted()).isEqualTo(30);
    }

    @Test
    void aWordCountsFromWhenItWasSaid() {
        with(requests(perMinute(50)));
        engine.now += 20 * SECOND_US;
        share("w1", 0);
        String sent = "" + engine.now;
        engine.now += 9 * SECOND_US;
        engine.scripts.run(
                Script.PRESENT,
                engine.prefix + "meta",
                List.of("" + engine.now, "w1", sent, "here", "400000", WINDOW_MS));
        engine.now += SECOND_US;

        assertThat(granted()).isEqualTo(30);
    }

    @Test
    void whatIsChargedMeanwhileIsChargedAtTheLowerRateAndGivenBackAtIt() {
        with(Pools.tokens(perMinute(500)));
        share("w1", 0);
        lapse();
        Engine.Answer lease = engine.acquire(300);
        assertThat(engine.acquire(1).granted()).isFalse();

        engine.settle(lease, How.success(200));

        assertThat(engine.acquire(100).granted()).isTrue();
        assertThat(engine.acquire(1).granted()).isFalse();
    }
}
