package io.keycoord.sdk;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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
            "(?:try again|retry) (?:in|after) (\\d[\\d.]*(?:(?:ns|us|ms|s|m|h|d)[\\d.]*)*)"
                    + "( ?(?:milliseconds?|seconds?|sec|minutes?|min|hours?|days?)\\b)?",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern DATE = Pattern.compile("\\b(\\d{4}-\\d{2}-\\d{2})(?:(?: at |T| )(\\d{2}:\\d{2}))?");
    private static final int MOST_PROSE = 4096;

    /** The three forms of HTTP: the one in use, and the two that are obsolete and still legal. */
    private static final List<DateTimeFormatter> HTTP_DATES = List.of(
            DateTimeFormatter.RFC_1123_DATE_TIME,
            new DateTimeFormatterBuilder()
                    .appendPattern("EEEE, dd-MMM-")
                    .appendValueReduced(ChronoField.YEAR, 2, 2, 2000)
                    .appendPattern(" HH:mm:ss 'GMT'")
                    .toFormatter(Locale.US)
                    .withZone(ZoneOffset.UTC),
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US).withZone(ZoneOffset.UTC));

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
        Matcher matcher = PROSE.matcher(text.substring(0, Math.min(text.length(), MOST_PROSE)));
        if (!matcher.find()) {
            return Optional.empty();
        }
        String value = matcher.group(1).replaceAll("\\.+$", "");
        if (!NUMBER.matcher(value).matches()) {
            return PARTS.matcher(value).matches() ? duration(value) : Optional.empty();
        }
        return nanos(new BigDecimal(value), unit(matcher.group(2)));
    }

    /** The unit that a word such as {@code minutes} means; without one, the second. */
    private static String unit(@Nullable String word) {
        String name = word == null ? "" : word.strip().toLowerCase(Locale.ROOT);
        if (name.startsWith("milli")) {
            return "ms";
        }
        return name.isEmpty() ? "s" : name.substring(0, 1);
    }

    /** The wait until the first date in a sentence, such as "on 2026-12-01 at 00:00 UTC"; at midnight if it tells no time. */
    static Optional<Duration> date(String text, Instant now) {
        Matcher matcher = DATE.matcher(text.substring(0, Math.min(text.length(), MOST_PROSE)));
        if (!matcher.find()) {
            return Optional.empty();
        }
        String time = matcher.group(2) == null ? "00:00" : matcher.group(2);
        return instant(matcher.group(1) + "T" + time + ":00Z").flatMap(at -> until(at, now));
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
        if (!Character.isLetter(value.charAt(0))) {
            return parsed(value, DateTimeFormatter.ISO_OFFSET_DATE_TIME);
        }
        return HTTP_DATES.stream().flatMap(form -> parsed(value, form).stream()).findFirst();
    }

    private static Optional<Instant> parsed(String value, DateTimeFormatter form) {
        try {
            return Optional.of(form.parse(value, Instant::from));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
