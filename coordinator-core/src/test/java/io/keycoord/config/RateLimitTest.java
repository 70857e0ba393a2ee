package io.keycoord.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.config.RateLimit.Mode;
import java.math.BigInteger;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitTest {
    private static final BigInteger EXACT_BELOW = BigInteger.TWO.pow(53);

    /** Columns: window, jitter, and both together in microseconds, or from a day on in milliseconds. */
    @ParameterizedTest
    @CsvSource({
        "60000, 0, 60000000",
        "60000, 250, 60250000",
        "3600000, 10000, 3610000000",
        "86399999, 250, 86400249000",
        "86400000, 250, 86400250",
        "2678400000, 10000, 2678410000"
    })
    void theLargestAmountIsTheLastThatIsExact(long windowMs, long jitterMs, long units) {
        Duration window = Duration.ofMillis(windowMs);
        Duration jitter = Duration.ofMillis(jitterMs);
        long most = RateRules.largestAmount(window, RateLimit.Mode.BUCKET, jitter);

        assertThat(product(most, units)).isLessThan(EXACT_BELOW);
        if (most < RateRules.LARGEST_AMOUNT) {
            assertThat(product(most + 1, units)).isGreaterThanOrEqualTo(EXACT_BELOW);
        }
        RateLimit largest = RateLimit.of(1, window).withArrivalJitter(jitter);
        assertThat(limit(largest, most).amount()).isEqualTo(most);
        assertThatThrownBy(() -> limit(largest, most + 1)).hasMessageContaining("from 1 to " + most + " per ");
    }

    private static BigInteger product(long amount, long units) {
        return BigInteger.valueOf(amount).multiply(BigInteger.valueOf(units));
    }

    private static RateLimit limit(RateLimit like, long amount) {
        return new RateLimit(
                amount, like.window(), like.mode(), amount, like.arrivalJitter(), like.refund(), like.counted());
    }

    @Test
    void shortWindowsHaveAnAbsoluteBound() {
        assertThat(RateLimit.perSecond(150_000_000).amount()).isEqualTo(150_000_000);
        assertThatThrownBy(() -> RateLimit.perSecond(150_000_001)).hasMessageContaining("from 1 to 150000000 per 1s");
        assertThatThrownBy(() -> RateLimit.perSecond(0)).hasMessageStartingWith("amount is 0, expected");
        assertThatThrownBy(() -> RateLimit.perSecond(Long.MIN_VALUE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RateLimit.perSecond(Long.MAX_VALUE)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void burstsStayWithinTheAmount() {
        RateLimit limit = RateLimit.perMinute(500);
        assertThat(limit.asBucket(1).burst()).isEqualTo(1);
        assertThat(limit.asBucket().burst()).isEqualTo(500);
        assertThat(limit.withBurst(50).burst()).isEqualTo(50);
        assertThatThrownBy(() -> limit.asBucket(0))
                .hasMessage("burst is 0, expected a whole number from 1 to the amount, 500");
        assertThatThrownBy(() -> limit.asBucket(501)).hasMessageStartingWith("burst is 501");
        assertThatThrownBy(() -> limit.withMode(Mode.FIXED_WINDOW).withBurst(50))
                .hasMessage("burst is 50, expected the amount, 500, as the window is fixed");
    }

    @Test
    void jitterIsAtMostHalfTheWindowAndTenSeconds() {
        assertThat(RateLimit.perSecond(5)
                        .withArrivalJitter(Duration.ofMillis(500))
                        .arrivalJitter())
                .isEqualTo(Duration.ofMillis(500));
        assertThatThrownBy(() -> RateLimit.perSecond(5).withArrivalJitter(Duration.ofMillis(501)))
                .hasMessageContaining("arrivalJitter is \"501ms\", expected a duration from 0s to 500ms");
        assertThatThrownBy(() -> RateLimit.perDay(5).withArrivalJitter(Duration.ofMillis(10_001)))
                .hasMessageContaining("from 0s to 10s");
        assertThatThrownBy(() -> RateLimit.perDay(5).withArrivalJitter(Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theStandardJitterGivesWayToShortWindows() {
        assertThat(RateLimit.perSecond(5).arrivalJitter()).isEqualTo(Duration.ofMillis(250));
        assertThat(RateLimit.of(5, Duration.ofMillis(101)).arrivalJitter()).isEqualTo(Duration.ofMillis(50));
    }

    @Test
    void aPacificDayIsADay() {
        assertThat(RateLimit.perDay(5).withMode(Mode.FIXED_PACIFIC_DAY).window())
                .isEqualTo(Duration.ofDays(1));
        assertThatThrownBy(() -> RateLimit.perMinute(5).withMode(Mode.FIXED_PACIFIC_DAY))
                .hasMessage("window is 1m, expected 1d, as it resets once a day");
    }

    @Test
    void windowsAreWholeMillisecondsUpToAMonth() {
        assertThat(RateLimit.of(1, Duration.ofMillis(1)).arrivalJitter()).isZero();
        assertThatThrownBy(() -> RateLimit.of(1, Duration.ofNanos(1_500_000))).hasMessageStartingWith("window is");
        assertThatThrownBy(() -> RateLimit.of(1, Duration.ofDays(32))).hasMessageStartingWith("window is 32d");
    }

    @Test
    void aBucketOfTokensHoldsMoreThanItsJitter() {
        RateLimit limit = RateLimit.perMinute(200_000);
        assertThat(LimitConfig.NONE.withTokens(limit.asBucket(835)).tokens()).hasSize(1);
        assertThatThrownBy(() -> LimitConfig.NONE.withTokens(limit.asBucket(834)))
                .hasMessageContaining("expected a burst of at least 835");
        assertThat(LimitConfig.NONE.withRequests(limit.asBucket(1)).requests()).hasSize(1);
        assertThatThrownBy(() -> LimitConfig.NONE.withTokens(RateLimit.perMinute(1)))
                .hasMessageContaining("at least 2 tokens in a sliding window");
    }
}
