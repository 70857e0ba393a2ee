package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.Outcome;
import io.keycoord.Outcome.Block;
import io.keycoord.Outcome.Failure;
import io.keycoord.Outcome.Scope;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryPolicyTest {
    private static final RandomGenerator LEAST = () -> 0;
    private static final RandomGenerator MOST = () -> -1;

    private static RetryPolicy policy(RandomGenerator random) {
        return new RetryPolicy(3, false, random, ShareBudget.full(0.1));
    }

    private static Classification trouble(Outcome outcome, Duration rest, boolean hinted) {
        return new Classification(
                "X1", FaultClass.UNAVAILABLE, outcome, rest, hinted, OtherKey.NONE, true, false, false);
    }

    private static Classification failure(Duration rest, boolean hinted) {
        return trouble(Outcome.providerFailed("unavailable"), rest, hinted);
    }

    private static Stream<Long> pauses(RandomGenerator random, Duration rest) {
        RetryPolicy policy = policy(random);
        return IntStream.rangeClosed(1, 9)
                .mapToObj(tries -> policy.pause(failure(rest, false), tries).toMillis());
    }

    @Test
    void withoutAHintPausesDoubleUpToHalfAMinuteAndAreSpreadOverHalfOfThat() {
        List<Long> most = List.of(500L, 1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 30_000L, 30_000L, 30_000L);

        assertThat(pauses(LEAST, Duration.ZERO))
                .isEqualTo(most.stream().map(each -> each / 2).toList());
        // The bound itself is never drawn.
        assertThat(pauses(MOST, Duration.ZERO))
                .isEqualTo(most.stream().map(each -> each - 1).toList());
    }

    @Test
    void callersWithoutAHintDoNotComeBackTogether() {
        RetryPolicy policy = policy(RandomGenerator.of("L64X128MixRandom"));

        List<Duration> pauses = Stream.generate(() -> policy.pause(failure(Duration.ZERO, false), 3))
                .limit(100)
                .toList();

        assertThat(pauses.stream().distinct()).hasSizeGreaterThan(90);
        assertThat(pauses)
                .allSatisfy(pause -> assertThat(pause).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2)));
    }

    @Test
    void whatARuleSaysOfTheRestIsTheLeastAndSpreadAlike() {
        assertThat(pauses(LEAST, Duration.ofSeconds(5)).limit(5))
                .containsExactly(2_500L, 2_500L, 2_500L, 2_500L, 4_000L);
    }

    @Test
    void aHintOfTheProviderIsKeptToTheMillisecond() {
        Classification hinted = failure(Duration.ofMillis(1_234), true);

        assertThat(policy(LEAST).pause(hinted, 1)).isEqualTo(Duration.ofMillis(1_234));
        assertThat(policy(LEAST).pause(hinted, 7)).isEqualTo(Duration.ofMillis(1_234));
    }

    /** Else "come back at once" would be taken at its word by all callers. */
    @Test
    void aHintOfNothingIsNone() {
        assertThat(policy(LEAST).pause(failure(Duration.ZERO, true), 1)).isEqualTo(Duration.ofMillis(250));
    }

    /** The coordinator dates the next lease by what rests there; it may not know the model that rests. */
    @ParameterizedTest
    @EnumSource
    void whatRestsInTheCoordinatorIsWaitedForThere(Scope scope) {
        Duration rest = scope == Scope.NONE ? Duration.ZERO : Duration.ofSeconds(9);
        Classification trouble = trouble(Outcome.rateLimited(new Block(scope, rest), "rate_limit"), rest, true);
        boolean there = scope != Scope.NONE && scope != Scope.ENDPOINT;

        Duration pause = policy(LEAST).pause(trouble, 1);

        assertThat(pause.isZero()).isEqualTo(there);
    }

    @ParameterizedTest
    @EnumSource
    void onlyFailuresThatMayGoOnForLongSpendTheBudget(Scope scope) {
        Duration rest = scope == Scope.NONE ? Duration.ZERO : Duration.ofSeconds(9);
        Classification limited = trouble(Outcome.rateLimited(new Block(scope, rest), "rate_limit"), rest, true);
        Classification refused = trouble(Outcome.keyFailed(Failure.SUSPECT, "auth"), Duration.ZERO, false);
        boolean ends = scope != Scope.NONE && scope != Scope.ENDPOINT;
        RetryPolicy spent = new RetryPolicy(3, false, LEAST, ShareBudget.empty(0.1));

        assertThat(spent.admits(limited)).isEqualTo(ends);
        assertThat(spent.admits(refused)).isTrue();
        assertThat(spent.admits(failure(Duration.ZERO, false))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 11})
    void triesOutOfRangeAreRefused(int tries) {
        assertThatThrownBy(() -> new RetryPolicy(tries, false, LEAST, ShareBudget.full(0.1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("maxAttempts is " + tries + ", expected 1 to 10");
    }
}
