package io.keycoord.config;

import java.time.Duration;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * When a key that keeps failing is rested, and for how long.
 *
 * @param errors errors within {@code window} that open the breaker, 1 to 1,000
 * @param window how long an error is remembered, 1 s to 1 h
 * @param coolDown the first rest, 100 ms to 1 day; it doubles each time the probe fails
 * @param maxCoolDown the longest rest, {@code coolDown} to 7 days
 * @param minCalls calls within {@code window} before {@code errorRate} is looked at, 1 to 10,000
 * @param errorRate share of failed calls, 0.001 to 1, that opens the breaker as well; empty for none
 * @param consecutive errors in a row that open the breaker as well, 1 to 1,000; empty for none
 */
public record BreakerConfig(
        int errors,
        Duration window,
        Duration coolDown,
        Duration maxCoolDown,
        int minCalls,
        OptionalDouble errorRate,
        OptionalInt consecutive) {

    /** Three errors within a minute; a minute of rest, then doubling up to ten minutes. */
    public static final BreakerConfig STANDARD = new BreakerConfig(
            3,
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(10),
            10,
            OptionalDouble.empty(),
            OptionalInt.empty());

    static final String RATE_EXPECTED = "a number from 0.001 to 1, a share of the calls";

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public BreakerConfig {
        Ranges.ERRORS.require("errors", errors);
        Ranges.ERROR_WINDOW.require("window", window);
        Ranges.COOL_DOWN.require("coolDown", coolDown);
        new Ranges.Span(coolDown, Ranges.LONGEST_COOL_DOWN).require("maxCoolDown", maxCoolDown);
        Ranges.MIN_CALLS.require("minCalls", minCalls);
        errorRate.ifPresent(rate -> requireShare(rate));
        consecutive.ifPresent(row -> Ranges.ERRORS.require("consecutive", row));
    }

    /** {@link #STANDARD} with another count of errors within another window. */
    public BreakerConfig withErrors(int errors, Duration window) {
        return new BreakerConfig(errors, window, coolDown, maxCoolDown, minCalls, errorRate, consecutive);
    }

    /** The same with another first and longest rest. */
    public BreakerConfig withCoolDown(Duration coolDown, Duration maxCoolDown) {
        return new BreakerConfig(errors, window, coolDown, maxCoolDown, minCalls, errorRate, consecutive);
    }

    /** The same, opening as well when {@code errorRate} of at least {@code minCalls} calls failed. */
    public BreakerConfig withErrorRate(double errorRate, int minCalls) {
        return new BreakerConfig(
                errors, window, coolDown, maxCoolDown, minCalls, OptionalDouble.of(errorRate), consecutive);
    }

    /** The same, opening as well after so many errors in a row. */
    public BreakerConfig withConsecutive(int consecutive) {
        return new BreakerConfig(
                errors, window, coolDown, maxCoolDown, minCalls, errorRate, OptionalInt.of(consecutive));
    }

    static boolean isShare(double rate) {
        return rate >= 0.001 && rate <= 1;
    }

    private static void requireShare(double rate) {
        if (!isShare(rate)) {
            throw new IllegalArgumentException("errorRate is " + rate + ", expected " + RATE_EXPECTED);
        }
    }
}
