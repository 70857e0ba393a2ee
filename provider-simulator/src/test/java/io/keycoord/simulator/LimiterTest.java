package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LimiterTest {

    private static final long T0 = MovedClock.START;
    private static final long SECOND = 1_000_000_000L;
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    @Test
    void bucketRefillsByTheNanosecond() {
        Limiter bucket = Limiter.of(Rate.bucket(10, TEN_SECONDS).withBurst(2));
        bucket.take(T0, 2);

        assertThat(bucket.waitNanos(T0, 1)).isEqualTo(SECOND);
        assertThat(bucket.waitNanos(T0 + SECOND - 1, 1)).isEqualTo(1);
        assertThat(bucket.waitNanos(T0 + SECOND, 1)).isZero();
        assertThat(bucket.waitNanos(T0 + SECOND, 2)).isEqualTo(SECOND);
    }

    @Test
    void bucketNeverHoldsMoreThanItsBurst() {
        Limiter bucket = Limiter.of(Rate.bucket(10, TEN_SECONDS).withBurst(3));

        assertThat(bucket.remaining(T0)).isEqualTo(3);
        assertThat(bucket.remaining(T0 + 1_000 * SECOND)).isEqualTo(3);
        assertThat(bucket.waitNanos(T0, 4)).isEqualTo(Limiter.NEVER);
        assertThat(bucket.most()).isEqualTo(3);
    }

    @Test
    void bucketLosesNoPartOfATokenToRounding() {
        Limiter bucket = Limiter.of(Rate.bucket(3, TEN_SECONDS));
        bucket.take(T0, 3);

        for (long t = T0; t < T0 + TEN_SECONDS.toNanos(); t += 7_777_777) {
            bucket.waitNanos(t, 1);
        }

        assertThat(bucket.waitNanos(T0 + TEN_SECONDS.toNanos() - 1, 3)).isEqualTo(1);
        assertThat(bucket.waitNanos(T0 + TEN_SECONDS.toNanos(), 3)).isZero();
    }

    @Test
    void bucketOfADayCountsInLargerTicksInsteadOfOverflowing() {
        Limiter bucket = Limiter.of(Rate.bucket(999_999_999_999L, Duration.ofDays(31)));
        bucket.take(T0, 999_999_999_999L);

        assertThat(bucket.waitNanos(T0, 1)).isBetween(1L, 10 * SECOND);
        assertThat(bucket.remaining(T0 + Duration.ofDays(31).toNanos())).isEqualTo(999_999_999_999L);
    }

    @Test
    void chargeBeyondTheBucketIsPaidOffByTime() {
        Limiter bucket = Limiter.of(Rate.bucket(10, TEN_SECONDS));
        bucket.take(T0, 15);

        assertThat(bucket.remaining(T0)).isZero();
        assertThat(bucket.waitNanos(T0, 1)).isEqualTo(6 * SECOND);
    }

    @Test
    void refusedCallsDrainABucketButLeaveNoDebt() {
        Limiter bucket = Limiter.of(Rate.bucket(10, TEN_SECONDS));
        for (int i = 0; i < 25; i++) {
            bucket.takeRefused(T0);
        }

        assertThat(bucket.waitNanos(T0, 1)).isEqualTo(SECOND);
    }

    @Test
    void slidingWindowForgetsEachEntryExactlyOneWindowLater() {
        Limiter sliding = Limiter.of(Rate.slidingWindow(10, TEN_SECONDS));
        sliding.take(T0, 4);
        sliding.take(T0 + SECOND, 6);

        assertThat(sliding.waitNanos(T0 + SECOND, 4)).isEqualTo(9 * SECOND);
        assertThat(sliding.waitNanos(T0 + SECOND, 5)).isEqualTo(10 * SECOND);
        assertThat(sliding.waitNanos(T0 + 10 * SECOND - 1, 4)).isEqualTo(1);
        assertThat(sliding.waitNanos(T0 + 10 * SECOND, 4)).isZero();
        assertThat(sliding.remaining(T0 + 10 * SECOND)).isEqualTo(4);
        assertThat(sliding.untilFullNanos(T0 + 10 * SECOND)).isEqualTo(SECOND);
        assertThat(sliding.waitNanos(T0, 11)).isEqualTo(Limiter.NEVER);
    }

    @Test
    void refusedCallsPushASlidingWindowOn() {
        SlidingLimiter sliding = new SlidingLimiter(Rate.slidingWindow(3, TEN_SECONDS));
        sliding.take(T0, 3);
        for (int i = 1; i <= 1_000; i++) {
            sliding.takeRefused(T0 + i);
        }

        assertThat(sliding.waitNanos(T0 + 1_000, 1)).isEqualTo(10 * SECOND - 2);
        assertThat(sliding.entries()).isEqualTo(3);
    }

    @Test
    void fixedWindowStartsAnewAtItsBoundaryOnly() {
        Limiter fixed = Limiter.of(Rate.fixedWindow(10, TEN_SECONDS));
        fixed.take(T0 + 9 * SECOND, 10);

        assertThat(fixed.waitNanos(T0 + 9 * SECOND, 1)).isEqualTo(SECOND);
        assertThat(fixed.waitNanos(T0 + 10 * SECOND - 1, 1)).isEqualTo(1);
        assertThat(fixed.waitNanos(T0 + 10 * SECOND, 10)).isZero();
        assertThat(fixed.remaining(T0 + 10 * SECOND)).isEqualTo(10);
        assertThat(fixed.waitNanos(T0, 11)).isEqualTo(Limiter.NEVER);
    }

    /** Whatever was taken before: at the hint it fits, a nanosecond earlier it does not. */
    @ParameterizedTest
    @EnumSource(LimitMode.class)
    void waitIsExact(LimitMode mode) {
        SplittableRandom random = new SplittableRandom(17);
        int waits = 0;
        for (int program = 0; program < 300; program++) {
            long amount = random.nextLong(1, 21);
            long burst = mode == LimitMode.BUCKET ? random.nextLong(1, 21) : amount;
            waits += exactWaits(new Rate(amount, Duration.ofMillis(1 + random.nextInt(50)), mode, burst), random);
        }
        assertThat(waits).as("programs that had to wait").isGreaterThan(1_000);
    }

    private static int exactWaits(Rate rate, SplittableRandom random) {
        Limiter limiter = Limiter.of(rate);
        long now = T0;
        int waits = 0;
        for (int step = 0; step < 20; step++) {
            now += random.nextLong(rate.window().toNanos());
            long cost = 1 + random.nextLong(rate.burst());
            long wait = limiter.waitNanos(now, cost);
            if (wait > 0) {
                waits++;
                assertThat(limiter.waitNanos(now + wait - 1, cost)).isEqualTo(1);
                now += wait;
                assertThat(limiter.waitNanos(now, cost)).isZero();
            }
            limiter.take(now, cost);
        }
        return waits;
    }

    /** No window of a sliding limit ever holds more than the amount; checked by counting all pairs. */
    @Test
    void slidingWindowHoldsInEverySpan() {
        Limiter sliding = Limiter.of(Rate.slidingWindow(7, Duration.ofMillis(1)));
        SplittableRandom random = new SplittableRandom(3);
        long[] at = new long[400];
        long now = T0;
        for (int i = 0; i < at.length; i++) {
            now += random.nextLong(200_000);
            now += sliding.waitNanos(now, 1);
            sliding.take(now, 1);
            at[i] = now;
        }
        for (int i = 7; i < at.length; i++) {
            assertThat(at[i] - at[i - 7]).isGreaterThanOrEqualTo(1_000_000);
        }
    }
}
