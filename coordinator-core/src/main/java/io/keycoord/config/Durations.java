package io.keycoord.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 250ms}, {@code 60s}, {@code 2m}, {@code 1h}, {@code 1 day}. */
final class Durations {
    static final String EXPECTED = "a duration such as \"250ms\", \"60s\", \"2m\", \"1h\" or \"1d\"";

    private static final Pattern FORM = Pattern.compile("\\s*(\\d{1,10}(?:\\.\\d{1,6})?)\\s*([a-z]+)\\s*");
    private static final Map<String, Long> UNIT_MS = Map.ofEntries(
            Map.entry("ms", 1L),
            Map.entry("s", 1_000L),
            Map.entry("sec", 1_000L),
            Map.entry("second", 1_000L),
            Map.entry("seconds", 1_000L),
            Map.entry("m", 60_000L),
            Map.entry("min", 60_000L),
            Map.entry("minute", 60_000L),
            Map.entry("minutes", 60_000L),
            Map.entry("h", 3_600_000L),
            Map.entry("hour", 3_600_000L),
            Map.entry("hours", 3_600_000L),
            Map.entry("d", 86_400_000L),
            Map.entry("day", 86_400_000L),
            Map.entry("days", 86_400_000L));

    private Durations() {}

    /** Empty if the text is no duration of whole milliseconds. */
    static Optional<Duration> parse(String text) {
        Matcher parts = FORM.matcher(text);
        return parts.matches() ? of(parts.group(1), parts.group(2)) : Optional.empty();
    }

    /** Empty if there is no such unit, or the product has a fraction of a millisecond. */
    static Optional<Duration> of(String number, String unit) {
        Long unitMs = UNIT_MS.get(unit);
        if (unitMs == null) {
            return Optional.empty();
        }
        BigDecimal ms = new BigDecimal(number).multiply(BigDecimal.valueOf(unitMs));
        boolean whole = ms.stripTrailingZeros().scale() <= 0;
        return whole ? Optional.of(Duration.ofMillis(ms.longValueExact())) : Optional.empty();
    }

    /** In the largest unit that needs no fraction. */
    static String written(Duration duration) {
        if (duration.toNanosPart() % 1_000_000 != 0) {
            return duration.toString();
        }
        long ms = duration.toMillis();
        if (ms != 0 && ms % 86_400_000 == 0) {
            return ms / 86_400_000 + "d";
        }
        if (ms != 0 && ms % 3_600_000 == 0) {
            return ms / 3_600_000 + "h";
        }
        if (ms != 0 && ms % 60_000 == 0) {
            return ms / 60_000 + "m";
        }
        return ms % 1_000 == 0 ? ms / 1_000 + "s" : ms + "ms";
    }
}
