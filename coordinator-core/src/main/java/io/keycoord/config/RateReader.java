package io.keycoord.config;

import io.keycoord.Dimension;
import io.keycoord.config.RateLimit.Counted;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.RateOptions.Located;
import io.keycoord.config.RateOptions.Resets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads one rate of a limit entry: a text, or an object with options. An option that is not there is taken from the
 * entry, else from the provider's profile.
 */
final class RateReader {
    private final Section entry;
    private final String models;
    private final RateOptions entryOptions;
    private final ProviderProfile profile;
    private final Mistakes mistakes;

    RateReader(Section entry, String models, RateOptions entryOptions, ProviderProfile profile) {
        this.entry = entry;
        this.models = models;
        this.entryOptions = entryOptions;
        this.profile = profile;
        this.mistakes = entry.mistakes;
    }

    Map<Dimension, List<RateLimit>> all() {
        Map<Dimension, List<RateLimit>> all = new EnumMap<>(Dimension.class);
        for (Dimension dimension : Dimension.values()) {
            all.put(dimension, rates(dimension));
        }
        return all;
    }

    /** One rate, or a list of them with a window each. */
    private List<RateLimit> rates(Dimension dimension) {
        Optional<JsonValue> value = entry.value(dimension.field());
        Place place = entry.at(dimension.field());
        List<RateLimit> rates = new ArrayList<>();
        if (value.isPresent() && value.get() instanceof JsonValue.Elements several) {
            if (several.values().isEmpty()) {
                mistakes.wrong(place, "an empty list", expected(dimension) + ", or a list of such rates");
            }
            for (int i = 0; i < several.values().size(); i++) {
                JsonValue one = several.values().get(i);
                checked(one, place.element(i, one.line()), dimension).ifPresent(rates::add);
            }
            LimitConfig.mistakeInWindows(rates).ifPresent(mistake -> mistakes.add(place, mistake));
        } else {
            value.flatMap(one -> checked(one, place, dimension)).ifPresent(rates::add);
        }
        return rates;
    }

    private Optional<RateLimit> checked(JsonValue value, Place place, Dimension dimension) {
        Optional<RateLimit> rate = rate(value, place, dimension);
        rate.flatMap(read -> LimitConfig.mistakeIn(dimension, read)).ifPresent(mistake -> mistakes.add(place, mistake));
        return rate;
    }

    private Optional<RateLimit> rate(JsonValue value, Place place, Dimension dimension) {
        if (value instanceof JsonValue.Text text) {
            return parsed(text, place, dimension).flatMap(rate -> limit(rate, place, entryOptions, dimension));
        }
        if (value instanceof JsonValue.Fields fields) {
            return rate(new Section(fields, place, mistakes), dimension);
        }
        mistakes.wrong(place, value.shown(), expected(dimension));
        return Optional.empty();
    }

    private static String expected(Dimension dimension) {
        return dimension == Dimension.MONEY ? Rate.MONEY_EXPECTED : Rate.EXPECTED;
    }

    private Optional<RateLimit> rate(Section object, Dimension dimension) {
        Optional<JsonValue> limit = object.required("limit", expected(dimension));
        RateOptions options = RateOptions.ofRate(object).orElse(entryOptions);
        object.finish();
        return limit.flatMap(value -> parsed(value, object.at("limit"), dimension))
                .flatMap(rate -> limit(rate, object.at("limit"), options, dimension));
    }

    private Optional<Rate> parsed(JsonValue value, Place place, Dimension dimension) {
        if (!(value instanceof JsonValue.Text text)) {
            mistakes.wrong(place, value.shown(), expected(dimension));
            return Optional.empty();
        }
        try {
            boolean money = dimension == Dimension.MONEY;
            return Optional.of(money ? Rate.parseMoney(text.value()) : Rate.parse(text.value()));
        } catch (IllegalArgumentException e) {
            mistakes.wrong(place, value.shown(), String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    private Optional<RateLimit> limit(Rate rate, Place place, RateOptions options, Dimension dimension) {
        ProviderProfile rules = dimension == Dimension.MONEY ? ProviderProfile.OWN : profile;
        Mode mode = mode(rate, place, options, rules);
        long burst = burst(rate, mode, options, dimension);
        Duration jitter =
                options.arrivalJitter().map(Located::value).orElseGet(() -> RateLimit.standardJitter(rate.window()));
        var found = RateRules.findings(rate, mode, burst, jitter);
        found.forEach(finding -> note(finding, place, options));
        if (!found.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new RateLimit(
                rate.amount(),
                rate.window(),
                mode,
                burst,
                jitter,
                options.refund().orElse(rules.refund()),
                options.counted().orElse(dimension.isTokens() ? rules.counted() : Counted.ADMISSION)));
    }

    private Mode mode(Rate rate, Place place, RateOptions options, ProviderProfile rules) {
        if (rate.monthly()) {
            return monthly(place, options);
        }
        Mode mode = options.mode()
                .map(named -> named == Mode.FIXED_WINDOW ? rules.fixedMode(rate.window()) : named)
                .orElseGet(() -> rules.mode(models, rate.window()));
        if (!mode.isFixed()) {
            options.resets()
                    .ifPresent(resets -> mistakes.add(
                            resets.place(), "is for the mode \"fixed-window\" only, but the mode is " + written(mode)));
            return mode;
        }
        if (!FixedWindows.divideTheDay(rate.window())) {
            mistakes.add(
                    place,
                    "has a window of " + Durations.written(rate.window())
                            + ", but the mode is \"fixed-window\"; expected " + FixedWindows.EXPECTED);
            return Mode.FIXED_WINDOW;
        }
        return options.resets().map(resets -> reset(resets.value())).orElse(mode);
    }

    private Mode monthly(Place place, RateOptions options) {
        options.mode()
                .filter(mode -> !mode.isFixed())
                .ifPresent(mode -> mistakes.add(
                        place,
                        "is per month, but the mode is " + written(mode) + "; expected \"fixed-window\", or 31d"));
        options.resets()
                .filter(resets -> resets.value() == Resets.PACIFIC)
                .ifPresent(resets ->
                        mistakes.add(resets.place(), "is for windows of a day only, and a month is one of UTC"));
        return Mode.FIXED_MONTH;
    }

    private static Mode reset(Resets resets) {
        return resets == Resets.PACIFIC ? Mode.FIXED_PACIFIC_DAY : Mode.FIXED_WINDOW;
    }

    /** Checks that a burst means something here; requests in a sliding window, and fixed windows, have none. */
    private long burst(Rate rate, Mode mode, RateOptions options, Dimension dimension) {
        if (mode == Mode.SLIDING_WINDOW && dimension != Dimension.REQUESTS) {
            return burstOfWindow(rate, options);
        }
        if (mode == Mode.BUCKET) {
            return options.burst().map(Located::value).orElse(rate.amount());
        }
        options.burst()
                .ifPresent(burst -> mistakes.add(
                        burst.place(),
                        "is for the mode \"bucket\" and for tokens in the mode \"sliding-window\", but these are "
                                + dimension.field() + " in the mode " + written(mode)));
        return rate.amount();
    }

    /** Where a burst of the whole amount is meant by saying nothing, it cannot be asked for. */
    private long burstOfWindow(Rate rate, RateOptions options) {
        options.burst()
                .filter(burst -> burst.value() == rate.amount())
                .ifPresent(burst -> mistakes.wrong(
                        burst.place(),
                        burst.value().toString(),
                        "less than the amount: in a sliding window what is not granted at once flows at a steady"
                                + " rate"));
        return options.burst().map(Located::value).orElse(rate.amount());
    }

    private void note(RateRules.Finding finding, Place place, RateOptions options) {
        Optional<Place> own = switch (finding.component()) {
            case "burst" -> options.burst().map(Located::place);
            case "arrivalJitter" -> options.arrivalJitter().map(Located::place);
            default -> Optional.empty();
        };
        own.ifPresentOrElse(
                named -> mistakes.wrong(named, finding.shown(), finding.expected()),
                () -> mistakes.add(
                        place,
                        "has the " + finding.component() + " " + finding.shown() + ", expected " + finding.expected()));
    }

    private static String written(Mode mode) {
        return switch (mode) {
            case BUCKET -> "\"bucket\"";
            case SLIDING_WINDOW -> "\"sliding-window\"";
            case FIXED_WINDOW, FIXED_PACIFIC_DAY, FIXED_MONTH -> "\"fixed-window\"";
        };
    }
}
