package io.keycoord.config;

import io.keycoord.config.RateLimit.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a rate limit may be. The engine computes {@code cost * window / amount} in doubles, which is exact as long as
 * the product stays below 2^53; a window counts in microseconds, from a day on in milliseconds, with its jitter.
 */
final class RateRules {
    static final long LARGEST_AMOUNT = 150_000_000;
    static final long LARGEST_COUNTED = 1_000_000_000_000L;
    static final Duration LONGEST_JITTER = Duration.ofSeconds(10);

    private static final long EXACT_BELOW = 1L << 53;

    private RateRules() {}

    /** Something wrong with one component of a rate limit. */
    record Finding(String component, String shown, String expected) {
        @Override
        public String toString() {
            return component + " is " + shown + ", expected " + expected;
        }
    }

    static List<Finding> findings(Rate rate, Mode mode, long burst, Duration jitter) {
        if (!Ranges.WINDOW.holds(rate.window())) {
            return List.of(new Finding("window", Durations.written(rate.window()), Ranges.WINDOW.expected()));
        }
        List<Finding> found = new ArrayList<>();
        checkJitter(rate, jitter, found);
        checkAmount(rate, mode, found.isEmpty() ? jitter : Duration.ZERO, found);
        if (rate.amount() >= 1) {
            checkBurst(rate, mode, burst, found);
        }
        if (mode == Mode.FIXED_PACIFIC_DAY && !rate.window().equals(Ranges.DAY)) {
            found.add(new Finding("window", Durations.written(rate.window()), "1d, as it resets once a day"));
        }
        if (mode == Mode.FIXED_MONTH && !rate.window().equals(Rate.MONTH)) {
            found.add(new Finding("window", Durations.written(rate.window()), "31d, as it resets once a month"));
        }
        return found;
    }

    /** The largest amount that is exact. */
    static long largestAmount(Duration window, Mode mode, Duration jitter) {
        if (mode.isFixed()) {
            return LARGEST_COUNTED;
        }
        return Math.min(LARGEST_AMOUNT, (EXACT_BELOW - 1) / (units(window, window) + units(jitter, window)));
    }

    /** The longest jitter that a window allows. */
    static Duration longestJitter(Duration window) {
        Duration half = Duration.ofMillis(window.toMillis() / 2);
        return half.compareTo(LONGEST_JITTER) < 0 ? half : LONGEST_JITTER;
    }

    /** What jitter takes away from a bucket: as much as flows in meanwhile, rounded up. */
    static long jitterShare(Rate rate, Duration jitter) {
        long product = Math.multiplyExact(rate.amount(), jitter.toMillis());
        return -Math.floorDiv(-product, rate.window().toMillis());
    }

    private static long units(Duration duration, Duration window) {
        return window.compareTo(Ranges.DAY) < 0 ? duration.toMillis() * 1_000 : duration.toMillis();
    }

    private static void checkJitter(Rate rate, Duration jitter, List<Finding> found) {
        Ranges.Span allowed = new Ranges.Span(Duration.ZERO, longestJitter(rate.window()));
        if (!allowed.holds(jitter)) {
            found.add(new Finding(
                    "arrivalJitter",
                    '"' + Durations.written(jitter) + '"',
                    allowed.expected() + " (at most half the window, and 10s)"));
        }
    }

    private static void checkAmount(Rate rate, Mode mode, Duration jitter, List<Finding> found) {
        Ranges.Whole allowed = new Ranges.Whole(1, largestAmount(rate.window(), mode, jitter));
        if (!allowed.holds(rate.amount())) {
            found.add(new Finding(
                    "amount",
                    Long.toString(rate.amount()),
                    allowed.expected() + " per " + Durations.written(rate.window())
                            + ", where the arithmetic is exact"));
        }
    }

    private static void checkBurst(Rate rate, Mode mode, long burst, List<Finding> found) {
        if (mode.isFixed() && burst != rate.amount()) {
            found.add(new Finding(
                    "burst", Long.toString(burst), "the amount, " + rate.amount() + ", as the window is fixed"));
        } else if (burst < 1 || burst > rate.amount()) {
            found.add(new Finding(
                    "burst", Long.toString(burst), "a whole number from 1 to the amount, " + rate.amount()));
        }
    }
}
