package io.keycoord;

import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * What a provider's answer says of one of the account's limits, for the models of the call. It can only make the
 * coordinator more careful: what it believes to be left becomes no more than this. Immutable.
 *
 * @param dimension what the limit counts
 * @param window over which it counts, more than zero; only limits of the configuration with this window learn from it
 * @param limit how much the window holds, 1 to 10^12; empty if the answer does not say so
 * @param left how much is left of it, 0 to 10^12, as of the moment at which the provider admitted the call
 */
public record ReportedLimit(Dimension dimension, Duration window, OptionalLong limit, long left) {
    private static final long MOST = 1_000_000_000_000L;

    public ReportedLimit {
        Objects.requireNonNull(dimension, "dimension");
        if (window.toMillis() < 1) {
            throw new IllegalArgumentException("window is " + window + ", expected a millisecond or more");
        }
        limit.ifPresent(most -> within("limit", most, 1));
        within("left", left, 0);
    }

    private static void within(String name, long number, long low) {
        if (number < low || number > MOST) {
            throw new IllegalArgumentException(name + " is " + number + ", expected " + low + " to " + MOST);
        }
    }
}
