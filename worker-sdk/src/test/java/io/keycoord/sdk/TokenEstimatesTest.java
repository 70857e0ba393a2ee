package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.keycoord.Usage;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenEstimatesTest {
    private static CallFacts facts(String model, long input, long output) {
        return new CallFacts(Optional.of(model), input, output);
    }

    private static void learn(TokenEstimates estimates, int times, CallFacts told, long input, long output) {
        for (int i = 0; i < times; i++) {
            estimates.learn(told, Usage.tokens(input, output));
        }
    }

    @ParameterizedTest
    @CsvSource({"1500, 1650", "600, 660", "10, 500", "90000, 2000"})
    void promptsAreCorrectedByWhatTheyReallyWere(long actual, double expected) {
        TokenEstimates estimates = new TokenEstimates(Reservation.MAX);
        CallFacts told = facts("m", 1_000, 50);

        learn(estimates, 200, told, actual, 7);

        assertThat((double) estimates.corrected(told).inputTokens()).isCloseTo(expected, within(2.0));
        assertThat(estimates.corrected(told).outputTokens()).isEqualTo(50);
        assertThat(estimates.corrected(facts("other", 1_000, 50)).inputTokens()).isEqualTo(1_000);
        assertThat(estimates).hasToString("TokenEstimates[MAX, 1 models]");
    }

    @Test
    void oneAnswerMovesItByATenth() {
        TokenEstimates estimates = new TokenEstimates(Reservation.MAX);

        learn(estimates, 1, facts("m", 1_000, 0), 2_000, 0);

        assertThat(estimates.corrected(facts("m", 1_000, 0)).inputTokens()).isEqualTo(1_100);
    }

    @Test
    void whatIsNotKnownTeachesNothing() {
        TokenEstimates estimates = new TokenEstimates(Reservation.MAX);

        learn(estimates, 50, facts("m", 0, 0), 500, 0);
        learn(estimates, 50, facts("m", 500, 0), 0, 0);
        learn(estimates, 50, CallFacts.ofSize(100), 500, 0);

        assertThat(estimates.corrected(facts("m", 1_000, 0)).inputTokens()).isEqualTo(1_000);
        assertThat(estimates.corrected(CallFacts.UNKNOWN)).isEqualTo(CallFacts.UNKNOWN);
    }

    @Test
    void outputIsReservedBelowWhichNineOfTenAnswersStay() {
        TokenEstimates estimates = new TokenEstimates(Reservation.ACTUAL);
        SplittableRandom random = new SplittableRandom(7);
        CallFacts told = facts("m", 100, 4_000);
        learn(estimates, 19, told, 100, 10);
        assertThat(estimates.corrected(told).outputTokens())
                .as("too few answers")
                .isEqualTo(4_000);

        for (int i = 0; i < 2_000; i++) {
            estimates.learn(told, Usage.tokens(100, random.nextInt(1_000)));
        }
        int below = 0;
        for (int i = 0; i < 2_000; i++) {
            long answer = random.nextInt(1_000);
            below += answer <= estimates.corrected(told).outputTokens() ? 1 : 0;
            estimates.learn(told, Usage.tokens(100, answer));
        }

        assertThat(below / 2_000.0).isCloseTo(0.9, within(0.04));
        assertThat(estimates.corrected(facts("m", 100, 30)).outputTokens())
                .as("never more than the request allows")
                .isEqualTo(30);
    }

    @Test
    void outputThatNobodyLimitsIsNotReserved() {
        assertThat(new TokenEstimates(Reservation.NONE).corrected(facts("m", 10, 4_000)))
                .isEqualTo(facts("m", 10, 0));
    }

    @Test
    void moreModelsThanItKnowsStayAsTheyAre() {
        TokenEstimates estimates = new TokenEstimates(Reservation.MAX);
        for (int i = 0; i < 1_200; i++) {
            learn(estimates, 1, facts("m" + i, 100, 0), 200, 0);
        }

        assertThat(estimates).hasToString("TokenEstimates[MAX, 1000 models]");
        assertThat(estimates.corrected(facts("m1100", 100, 0)).inputTokens()).isEqualTo(100);
    }
}
