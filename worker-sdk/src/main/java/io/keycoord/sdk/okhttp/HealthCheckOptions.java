package io.keycoord.sdk.okhttp;

import io.keycoord.sdk.call.CallOptions;
import java.time.Duration;
import java.util.Objects;

/**
 * How a {@link KeyHealthCheck} works. Immutable; each {@code with…} returns a changed copy.
 *
 * @param interval how often this worker looks for keys that are out of service, one second to a day; each look comes up to a
 *     fifth earlier or later. No key is asked about more often by all workers together, and after each time the pause is
 *     twice as long.
 * @param longest that pause at most, {@code interval} to a day
 * @param calls whose rules say how the provider is asked, and whose clock tells when a budget begins anew
 */
public record HealthCheckOptions(Duration interval, Duration longest, CallOptions calls) {
    private static final Duration DAY = Duration.ofDays(1);

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public HealthCheckOptions {
        require("interval", interval, Duration.ofSeconds(1));
        require("longest", longest, interval);
        Objects.requireNonNull(calls, "calls");
    }

    private static void require(String name, Duration value, Duration least) {
        if (value.compareTo(least) < 0 || value.compareTo(DAY) > 0) {
            throw new IllegalArgumentException(name + " is " + value + ", expected " + least + " to " + DAY);
        }
    }

    /** Looks each minute, asks about the same key at last each half hour. */
    public static HealthCheckOptions standard() {
        return new HealthCheckOptions(Duration.ofMinutes(1), Duration.ofMinutes(30), CallOptions.standard());
    }

    public HealthCheckOptions withInterval(Duration other) {
        return new HealthCheckOptions(other, longest, calls);
    }

    public HealthCheckOptions withLongest(Duration other) {
        return new HealthCheckOptions(interval, other, calls);
    }

    public HealthCheckOptions withCalls(CallOptions options) {
        return new HealthCheckOptions(interval, longest, options);
    }
}
