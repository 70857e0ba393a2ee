package io.keycoord.sdk.provider;

import io.keycoord.sdk.WaitRule;
import io.keycoord.sdk.WaitRule.Otherwise;
import io.keycoord.sdk.WaitRule.Told;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads how long a rule waits: {@code "15m"}, or {@code {"told": "hint", "otherwise": "5s"}}. */
final class WaitReader {
    private static final Pattern TIME = Pattern.compile("(\\d{1,7})(ms|s|m|h|d)");
    private static final Map<String, Duration> UNITS = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));
    private static final Duration LONGEST = Duration.ofDays(32);
    private static final Map<String, Otherwise> CALENDAR = Map.of(
            "utc-day", Otherwise.UTC_DAY,
            "utc-month", Otherwise.UTC_MONTH,
            "pacific-day", Otherwise.PACIFIC_DAY,
            "named-period", Otherwise.NAMED_PERIOD);
    private static final String EXPECTED =
            "a time from \"0s\" to \"32d\" such as \"500ms\", \"30s\" or \"15m\", or one of named-period, pacific-day, utc-day, utc-month";

    private WaitReader() {}

    static WaitRule read(Part wait) {
        if (wait.value().isTextual()) {
            return assumed(wait, Told.NOTHING);
        }
        wait.fields(Set.of("told", "otherwise"));
        Told told = wait.needed("told", "where the answer says it").word(Told.class);
        return assumed(wait.needed("otherwise", EXPECTED), told);
    }

    private static WaitRule assumed(Part part, Told told) {
        String text = part.text(any -> true, EXPECTED);
        Otherwise calendar = CALENDAR.get(text);
        if (calendar != null) {
            return new WaitRule(told, calendar, Duration.ZERO);
        }
        Duration time = time(text).orElseThrow(() -> part.wrong(EXPECTED));
        return new WaitRule(told, Otherwise.TIME, time);
    }

    private static Optional<Duration> time(String text) {
        Matcher parts = TIME.matcher(text);
        if (!parts.matches()) {
            return Optional.empty();
        }
        Duration unit = UNITS.getOrDefault(parts.group(2), Duration.ZERO);
        return Optional.of(unit.multipliedBy(Long.parseLong(parts.group(1)))).filter(t -> t.compareTo(LONGEST) <= 0);
    }
}
