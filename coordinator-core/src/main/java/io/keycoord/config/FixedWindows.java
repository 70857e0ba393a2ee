package io.keycoord.config;

import java.time.Duration;

/** Windows that begin anew at the same times of each day. */
final class FixedWindows {
    static final String EXPECTED = "a window that divides the day evenly, such as 10s, 1m, 1h or 1d";

    private FixedWindows() {}

    static boolean divideTheDay(Duration window) {
        long ms = window.toMillis();
        return ms > 0 && Ranges.DAY.toMillis() % ms == 0;
    }
}
