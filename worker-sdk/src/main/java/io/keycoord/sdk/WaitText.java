package io.keycoord.sdk;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the many ways in which providers write a time to wait: seconds, Go durations ({@code 6m0s}), epoch seconds and
 * milliseconds, RFC 3339, HTTP dates, and prose. Never throws. What cannot be understood, is negative or lies more than
 * 32 days ahead is unknown; an instant that has passed is zero.
 */
final class WaitText {
    private static final Duration LONGEST = Duration.ofDays(32);
    private static final BigDecimal FIRST_EPOCH_SECOND = new BigDecimal("1e9");
    private static final BigDecimal LAST_EPOCH_SECOND = new BigDecimal("1e11");
    private static final int LONGEST_TEXT = 64;

    private static final Pattern NUMBER = Pattern.compile("\\d{1,15}(\\.\\d{1,9})?");
    private static final Pattern PART = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,12})?)(ns|us|µs|ms|s|m|h|d)");
    private static final Pattern PARTS = Pattern.compile("(?:" + PART.pattern() + ")+");
    private static final Pattern PROSE = Pattern.compile(
            "(?:try again|retry) (?:in|after) (\\d[\\d.]*(?:(?:ns|us|ms|s|m|h|d)[\\d.]*)*)( ?(?:seconds?|sec|minutes?|min)\\b)?",
            Pattern.CASE_INSENSITIVE);

    private static final Map<String, BigDecimal> UNIT_NANOS = Map.of(
            "ns", BigDecimal.ONE,
            "us", new BigDecimal("1e3"),
            "µs", new BigDecimal("1e3"),
            "ms", new BigDecimal("1e6"),
            "s", new BigDecimal("1e9"),
            "m", new BigDecimal("6e10"),
            "h", new BigDecimal("3.6e12"),
            "d", new BigDecimal("8.64e13"));

    private WaitText() {}

    /** The wait that {@code text} names, in any form but prose; a plain number below 10⁹ is seconds. */
    static Optional<Duration> parse(String text, Instant now) {
        String value = text.strip();
        if (value.isEmpty() || value.length() > LONGEST_TEXT) {
            return Optional.empty();
        }
        if (NUMBER.matcher(value).matches()) {
            return number(new BigDecimal(value), now);
        }
        if (PARTS.matcher(value).matches()) {
            return duration(value);
        }
        return instant(value).flatMap(at -> until(at, now));
    }

    /** The wait that a plain number of milliseconds names. */
    static Optional<Duration> millis(String text) {
        String value = text.strip();
        return NUMBER.matcher(value).matches() ? nanos(new BigDecimal(value), "ms") : Optional.empty();
    }

    /** The wait in a sentence such as "Please try again in 1.2s." */
    static Optional<Duration> prose(String text) {
        Matcher matcher = PROSE.matcher(text);
        if (!matcher.find()) {
            return Optional.empty();
        }
        String value = matcher.group(1).replaceAll("\\.+$", "");
        if (!NUMBER.matcher(value).matches()) {
            return PARTS.matcher(value).matches() ? duration(value) : Optional.empty();
        }
        String unit = Optional.ofNullable(matcher.group(2)).orElse("").strip().toLowerCase(Locale.ROOT);
        return nanos(new BigDecimal(value), unit.startsWith("min") ? "m" : "s");
    }

    private static Optional<Duration> number(BigDecimal value, Instant now) {
        if (value.compareTo(FIRST_EPOCH_SECOND) < 0) {
            return nanos(value, "s");
        }
        boolean seconds = value.compareTo(LAST_EPOCH_SECOND) <= 0;
        long whole = value.longValue();
        return until(seconds ? Instant.ofEpochSecond(whole) : Instant.ofEpochMilli(whole), now);
    }

    private static Optional<Duration> duration(String value) {
        BigDecimal sum = BigDecimal.ZERO;
        Matcher part = PART.matcher(value);
        while (part.find()) {
            sum = sum.add(
                    new BigDecimal(part.group(1)).multiply(UNIT_NANOS.getOrDefault(part.group(2), BigDecimal.ONE)));
        }
        return nanos(sum, "ns");
    }

    private static Optional<Duration> nanos(BigDecimal value, String unit) {
        BigDecimal nanos = value.multiply(UNIT_NANOS.getOrDefault(unit, BigDecimal.ONE));
        return nanos.compareTo(new BigDecimal(LONGEST.toNanos())) > 0
                ? Optional.empty()
                : Optional.of(Duration.ofNanos(nanos.longValue()));
    }

    private static Optional<Duration> until(Instant at, Instant now) {
        if (at.isBefore(now)) {
            return Optional.of(Duration.ZERO);
        }
        return at.isAfter(now.plus(LONGEST)) ? Optional.empty() : Optional.of(Duration.between(now, at));
    }

    private static Optional<Instant> instant(String value) {
        try {
            return Optional.of(
                    Character.isLetter(value.charAt(0))
                            ? ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant()
                            : OffsetDateTime.parse(value).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
