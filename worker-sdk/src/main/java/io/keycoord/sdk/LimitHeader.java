package io.keycoord.sdk;

import io.keycoord.Dimension;
import java.util.Objects;

/**
 * One row of a provider's table of limits that its answers tell in headers. Immutable.
 *
 * @param name the headers' name in lower case, with {@code {}} where {@code limit}, {@code remaining} and {@code reset}
 *     stand, for example <code>x-ratelimit-{}-tokens</code>
 * @param dimension what the limit counts
 * @param window over which it counts
 */
public record LimitHeader(String name, Dimension dimension, LimitWindow window) {
    private static final String PLACE = "{}";

    public LimitHeader {
        if (!name.contains(PLACE)) {
            throw new IllegalArgumentException("name is " + name + ", expected one with " + PLACE);
        }
        Objects.requireNonNull(dimension, "dimension");
        Objects.requireNonNull(window, "window");
    }

    /** How much the window holds. */
    String limit() {
        return name.replace(PLACE, "limit");
    }

    /** How much is left of it. */
    String left() {
        return name.replace(PLACE, "remaining");
    }

    /** When all of it is there again. */
    String reset() {
        return name.replace(PLACE, "reset");
    }
}
