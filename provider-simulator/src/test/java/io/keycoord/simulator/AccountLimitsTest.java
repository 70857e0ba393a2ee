package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AccountLimitsTest {

    private static final long T0 = MovedClock.START;
    private static final long SECOND = 1_000_000_000L;
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    @Test
    void refusalByOneLimitChargesNoOther() {
        AccountLimits limits = new AccountLimits(Caller.account()
                .requests(Rate.bucket(10, TEN_SECONDS))
                .tokens(Rate.bucket(100, TEN_SECONDS))
                .build());
        limits.admit(T0, 90);

        assertRefused(limits.admit(T0, 20), Verdict.Cause.TOKENS, SECOND);

        assertThat(limits.levels(T0).requests().orElseThrow().remaining()).isEqualTo(9);
        assertThat(limits.levels(T0).tokens().orElseThrow().remaining()).isEqualTo(10);
    }

    @Test
    void waitIsThatOfTheLimitThatHoldsLongest() {
        AccountLimits limits = new AccountLimits(Caller.account()
                .requests(Rate.fixedWindow(1, TEN_SECONDS))
                .tokens(Rate.bucket(100, TEN_SECONDS))
                .build());
        limits.admit(T0, 100);

        assertRefused(limits.admit(T0, 30), Verdict.Cause.REQUESTS, 10 * SECOND);
        assertThat(limits.admit(T0 + 10 * SECOND, 30)).isInstanceOf(Verdict.Admitted.class);
    }

    @Test
    void countedRefusalCostsARequestWhateverRefused() {
        AccountLimits limits = new AccountLimits(Caller.account()
                .requests(Rate.bucket(10, TEN_SECONDS))
                .tokens(Rate.bucket(100, TEN_SECONDS))
                .refusedCalls(RefusedCalls.COUNTED)
                .build());
        limits.admit(T0, 100);
        limits.admit(T0, 1);

        assertThat(limits.levels(T0).requests().orElseThrow().remaining()).isEqualTo(8);
    }

    @Test
    void hintOfACountedRefusalIncludesItself() {
        AccountLimits limits = new AccountLimits(Caller.account()
                .requests(Rate.slidingWindow(1, TEN_SECONDS))
                .refusedCalls(RefusedCalls.COUNTED)
                .build());
        limits.admit(T0, 1);

        assertRefused(limits.admit(T0 + SECOND, 1), Verdict.Cause.REQUESTS, 10 * SECOND);
    }

    @Test
    void placeIsFreeOnlyAfterTheEnd() {
        AccountLimits limits = new AccountLimits(Caller.account().concurrency(1).build());
        limits.admit(T0, 1);

        assertRefused(limits.admit(T0, 1), Verdict.Cause.CONCURRENCY, 0);
        limits.end(T0, 1);
        assertThat(limits.admit(T0, 1)).isInstanceOf(Verdict.Admitted.class);
    }

    @Test
    void requestThatCanNeverFitIsTooLarge() {
        AccountLimits limits = new AccountLimits(
                Caller.account().tokens(Rate.bucket(100, TEN_SECONDS)).build());

        assertRefused(limits.admit(T0, 101), Verdict.Cause.TOO_LARGE, 0);
        assertThat(limits.admit(T0, 100)).isInstanceOf(Verdict.Admitted.class);
    }

    @Test
    void tokensCountedAtCompletionAreChargedAsUsed() {
        AccountLimits limits = new AccountLimits(Caller.account()
                .tokens(Rate.bucket(100, TEN_SECONDS))
                .tokensCounted(TokensCounted.COMPLETION)
                .build());

        assertThat(limits.admit(T0, 1_000)).isInstanceOf(Verdict.Admitted.class);
        assertThat(limits.levels(T0).tokens().orElseThrow().remaining()).isEqualTo(100);
        limits.end(T0 + SECOND, 150);
        assertRefused(limits.admit(T0 + SECOND, 1), Verdict.Cause.TOKENS, 51 * SECOND / 10);
    }

    private static void assertRefused(Verdict verdict, Verdict.Cause cause, long waitNanos) {
        assertThat(verdict).asInstanceOf(type(Verdict.Refused.class)).satisfies(refused -> {
            assertThat(refused.cause()).isEqualTo(cause);
            assertThat(refused.waitNanos()).isEqualTo(waitNanos);
        });
    }
}
