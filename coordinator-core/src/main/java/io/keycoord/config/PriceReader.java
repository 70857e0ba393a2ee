package io.keycoord.config;

import io.keycoord.config.PriceTable.Price;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the price table of a pool. */
final class PriceReader {
    private static final String PER_MILLION = "a price of a million tokens such as \"2.50 USD/1M\"";
    private static final String PER_REQUEST = "a price of a call such as \"0.005 USD\"";
    private static final Pattern FORM =
            Pattern.compile("\\s*(\\d{1,9}(?:\\.\\d{1,6})?)\\s*USD\\s*(/\\s*1?\\s*M(?:\\s*tokens)?)?\\s*");
    private static final BigDecimal MICROS = BigDecimal.valueOf(1_000_000);

    private PriceReader() {}

    static Optional<PriceTable> read(Section section) {
        Optional<String> version = section.requiredText("version", Ids.EXPECTED).filter(text -> {
            if (!Ids.isId(text)) {
                section.mistakes.wrong(section.at("version"), Shown.text(text), Ids.EXPECTED);
            }
            return Ids.isId(text);
        });
        List<Price> prices = new ArrayList<>();
        section.sections("models").forEach(entry -> price(entry).ifPresent(prices::add));
        if (section.isEmpty("models")) {
            section.mistakes.add(section.place, "has no prices, expected at least one in \"models\"");
        }
        section.finish();
        return section.mistakes.ifNone(() -> new PriceTable(version.orElse(""), prices));
    }

    private static Optional<Price> price(Section entry) {
        Optional<String> models = entry.requiredText("models", Patterns.EXPECTED)
                .filter(pattern -> {
                    if (!Patterns.isPattern(pattern)) {
                        entry.mistakes.wrong(entry.at("models"), Shown.text(pattern), Patterns.EXPECTED);
                    }
                    return Patterns.isPattern(pattern);
                });
        long input = amount(entry, "input", true);
        long output = amount(entry, "output", true);
        long request = amount(entry, "request", false);
        entry.finish();
        return entry.mistakes.ifNone(() -> new Price(models.orElse("*"), input, output, request));
    }

    private static long amount(Section entry, String name, boolean perMillion) {
        String expected = perMillion ? PER_MILLION : PER_REQUEST;
        return entry.text(name, expected)
                .map(text -> {
                    Matcher parts = FORM.matcher(text);
                    long micros = parts.matches() && (parts.group(2) != null) == perMillion
                            ? new BigDecimal(parts.group(1)).multiply(MICROS).longValueExact()
                            : -1;
                    if (!Price.MICRO_USD.holds(micros)) {
                        entry.mistakes.wrong(entry.at(name), Shown.text(text), expected + ", at most 1000 USD");
                    }
                    return micros;
                })
                .orElse(0L);
    }
}
