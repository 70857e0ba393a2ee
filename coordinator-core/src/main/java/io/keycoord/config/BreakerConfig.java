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
 * @param errorRate share of failed calls, above 0 and up to 1, that opens the breaker as well; empty for none
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
}
