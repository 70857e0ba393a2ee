package io.keycoord.simulator;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: a whole number and one of us, ms, s, m, h, d. */
final class Durations {

    private static final Pattern FORM = Pattern.compile("(\\d{1,12})(us|ms|s|m|min|h|d)");
    private static final long US = 1_000;
    private static final long MS = 1_000 * US;
    private static final long SECOND = 1_000 * MS;

    private Durations() {}

    static Duration parse(String text) {
        Matcher form = FORM.matcher(text);
        Check.that(
                form.matches(),
                () -> "'" + text + "' is no duration, expected one like 200us, 50ms, 10s, 2m, 1h or 1d");
        try {
            return Duration.ofNanos(Math.multiplyExact(Long.parseLong(form.group(1)), unitNanos(form.group(2))));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("'" + text + "' is too long, expected at most 292 years", e);
        }
    }

    static long unitNanos(String unit) {
        return switch (unit) {
            case "us" -> US;
            case "ms" -> MS;
            case "s" -> SECOND;
            case "m", "min" -> 60 * SECOND;
            case "h" -> 3_600 * SECOND;
            case "d" -> 86_400 * SECOND;
            default -> throw new IllegalArgumentException("unit is '" + unit + "', expected us, ms, s, m, min, h or d");
        };
    }

    /** The largest unit that divides the duration; nanoseconds if none does. */
    static String text(Duration duration) {
        long nanos = duration.toNanos();
        for (String unit : new String[] {"d", "h", "m", "s", "ms", "us"}) {
            if (nanos != 0 && nanos % unitNanos(unit) == 0) {
                return nanos / unitNanos(unit) + unit;
            }
        }
        return nanos == 0 ? "0s" : nanos + "ns";
    }

    /** Milliseconds, rounded up, so that waiting for them is long enough. */
    static long ceilMillis(long nanos) {
        return ceilDiv(nanos, MS);
    }

    /** Seconds, rounded up. */
    static long ceilSeconds(long nanos) {
        return ceilDiv(nanos, SECOND);
    }

    static long ceilDiv(long value, long by) {
        return -Math.floorDiv(-value, by);
    }
}
