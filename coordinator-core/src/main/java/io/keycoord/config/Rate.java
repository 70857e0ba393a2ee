package io.keycoord.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An amount per window, as people write it: {@code 500/min}, {@code 1.5M/day}, {@code 60/10s}, {@code 100 per minute},
 * {@code 10M/month}; of money, {@code 50 USD/month}.
 *
 * @param window a month is {@link #MONTH}
 * @param monthly whether it is per month of the calendar
 */
record Rate(long amount, Duration window, boolean monthly) {
    static final String EXPECTED =
            "a rate such as \"500/min\", \"200k/min\", \"1.5M/day\", \"60/10s\" or" + " \"100 per minute\"";
    static final String MONEY_EXPECTED = "a rate of money such as \"50 USD/month\" or \"2.50 USD/day\"";

    /** What stands for a calendar month: as long as the longest of them. */
    static final Duration MONTH = Duration.ofDays(31);

    private static final BigDecimal MICROS = BigDecimal.valueOf(1_000_000);

    private static final Pattern FORM = Pattern.compile("\\s*(\\d{1,12}(?:\\.\\d{1,9})?)\\s*([kKM]?)\\s*"
            + "(?:/|\\bper\\b)\\s*(\\d{1,10}(?:\\.\\d{1,6})?)?\\s*([a-z]+)\\s*");
    private static final Pattern MONEY_FORM =
            Pattern.compile("\\s*(?:\\$\\s*(?=\\d))?(\\d{1,9}(?:\\.\\d{1,6})?)\\s*(?:USD)?\\s*"
                    + "(?:/|\\bper\\b)\\s*(\\d{1,10}(?:\\.\\d{1,6})?)?\\s*([a-z]+)\\s*");
    private static final Pattern MONEY = Pattern.compile("[$€£]|\\b(?:usd|eur|gbp|cents?)\\b");
    private static final Pattern CALENDAR =
            Pattern.compile("(?:/|\\bper\\b)\\s*\\d*\\s*(?:weeks?|w|months?|mo|years?|y)\\s*");

    Rate(long amount, Duration window) {
        this(amount, window, false);
    }

    /**
     * Reads a rate.
     *
     * @throws IllegalArgumentException whose message is what was expected
     */
    static Rate parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException(expectedInsteadOf(text));
        }
        BigDecimal amount = new BigDecimal(parts.group(1)).multiply(factor(parts.group(2)));
        if (amount.stripTrailingZeros().scale() > 0) {
            throw new IllegalArgumentException(
                    "a rate with a whole amount; write \"3/2s\" for one and a half a second");
        }
        return per(parts.group(3), parts.group(4), amount.longValueExact())
                .orElseThrow(() -> new IllegalArgumentException(expectedInsteadOf(text)));
    }

    /**
     * Reads a rate of money; the amount is in millionths of a US dollar.
     *
     * @throws IllegalArgumentException whose message is what was expected
     */
    static Rate parseMoney(String text) {
        Matcher parts = MONEY_FORM.matcher(text);
        if (!parts.matches() || !MONEY.matcher(text.toLowerCase(Locale.ROOT)).find()) {
            throw new IllegalArgumentException(MONEY_EXPECTED);
        }
        long micros = new BigDecimal(parts.group(1)).multiply(MICROS).longValueExact();
        return per(parts.group(2), parts.group(3), micros)
                .orElseThrow(() -> new IllegalArgumentException(
                        MONEY_EXPECTED + "; the longest windows are month and 31d, write weeks in days"));
    }

    private static Optional<Rate> per(@Nullable String number, String unit, long amount) {
        if (number == null && (unit.equals("month") || unit.equals("mo"))) {
            return Optional.of(new Rate(amount, MONTH, true));
        }
        return Durations.of(number == null ? "1" : number, unit).map(window -> new Rate(amount, window));
    }

    private static BigDecimal factor(String suffix) {
        return BigDecimal.valueOf(suffix.isEmpty() ? 1 : "M".equals(suffix) ? 1_000_000 : 1_000);
    }

    private static String expectedInsteadOf(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (MONEY.matcher(lower).find()) {
            return EXPECTED + "; amounts of money belong into \"money\"";
        }
        if (CALENDAR.matcher(lower).find()) {
            return EXPECTED + "; the longest windows are month and 31d, write weeks in days";
        }
        return EXPECTED;
    }
}
