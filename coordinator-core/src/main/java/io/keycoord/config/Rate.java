package io.keycoord.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An amount per window, as people write it: {@code 500/min}, {@code 1.5M/day}, {@code 60/10s}, {@code 100 per minute}. */
record Rate(long amount, Duration window) {
    static final String EXPECTED =
            "a rate such as \"500/min\", \"200k/min\", \"1.5M/day\", \"60/10s\" or" + " \"100 per minute\"";

    private static final Pattern FORM = Pattern.compile("\\s*(\\d{1,12}(?:\\.\\d{1,9})?)\\s*([kKM]?)\\s*"
            + "(?:/|\\bper\\b)\\s*(\\d{1,10}(?:\\.\\d{1,6})?)?\\s*([a-z]+)\\s*");
    private static final Pattern MONEY = Pattern.compile("[$€£]|\\b(?:usd|eur|gbp|cents?)\\b");
    private static final Pattern CALENDAR =
            Pattern.compile("(?:/|\\bper\\b)\\s*\\d*\\s*(?:weeks?|w|months?|mo|years?|y)\\s*");

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
        String number = parts.group(3) == null ? "1" : parts.group(3);
        Duration window = Durations.of(number, parts.group(4))
                .orElseThrow(() -> new IllegalArgumentException(expectedInsteadOf(text)));
        return new Rate(amount.longValueExact(), window);
    }

    private static BigDecimal factor(String suffix) {
        return BigDecimal.valueOf(suffix.isEmpty() ? 1 : "M".equals(suffix) ? 1_000_000 : 1_000);
    }

    private static String expectedInsteadOf(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (MONEY.matcher(lower).find()) {
            return EXPECTED + "; limits of money are not supported by this version";
        }
        if (CALENDAR.matcher(lower).find()) {
            return EXPECTED + "; the longest window is 31d, write months and weeks in days";
        }
        return EXPECTED;
    }
}
