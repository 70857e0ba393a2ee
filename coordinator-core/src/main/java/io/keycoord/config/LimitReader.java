package io.keycoord.config;

import io.keycoord.Dimension;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads the limits of an account or a tenant by model, and what holds overall. */
final class LimitReader {
    private final ProviderProfile profile;

    LimitReader(ProviderProfile profile) {
        this.profile = profile;
    }

    /** The entries of {@code limits}, in their order. */
    List<LimitConfig> limits(Section owner) {
        List<Section> entries = owner.sections("limits");
        if (entries.size() > Ranges.LIMITS_OF_ACCOUNT) {
            owner.mistakes.add(
                    owner.at("limits"),
                    "has " + entries.size() + " entries, expected at most " + Ranges.LIMITS_OF_ACCOUNT);
        }
        List<LimitConfig> limits = new ArrayList<>();
        Precedence precedence = new Precedence(owner.mistakes);
        entries.forEach(entry -> {
            String models = models(entry);
            precedence.add(models, entry);
            entry(entry, models, true).ifPresent(limits::add);
        });
        return limits;
    }

    /** The limits that hold for every model; {@link LimitConfig#NONE} if there are none. */
    LimitConfig overall(Section owner) {
        return owner.section("overall")
                .flatMap(entry -> entry(entry, "*", false))
                .orElse(LimitConfig.NONE);
    }

    private static String models(Section entry) {
        return entry.text("models", Patterns.EXPECTED)
                .filter(models -> {
                    if (!Patterns.isPattern(models)) {
                        entry.mistakes.wrong(entry.at("models"), Shown.text(models), Patterns.EXPECTED);
                    }
                    return Patterns.isPattern(models);
                })
                .orElse("*");
    }

    private Optional<LimitConfig> entry(Section entry, String models, boolean mayBeUnlimited) {
        RateOptions options = options(entry);
        RateReader rates = new RateReader(entry, models, options, profile);
        Map<Dimension, List<RateLimit>> read = rates.all();
        Optional<Long> concurrency = entry.whole("concurrency", Ranges.CONCURRENCY);
        checkNotEmpty(entry, mayBeUnlimited);
        entry.refuse("credits");
        entry.finish();
        OptionalInt calls = concurrency.map(c -> OptionalInt.of(c.intValue())).orElse(OptionalInt.empty());
        return entry.mistakes.ifNone(() -> new LimitConfig(models, read, calls));
    }

    /** A burst belongs to one rate; beside two it would be a guess. */
    private static RateOptions options(Section entry) {
        RateOptions options = RateOptions.ofEntry(entry);
        int rates = Arrays.stream(Dimension.values())
                .mapToInt(dimension -> rates(entry, dimension))
                .sum();
        if (!entry.has("burst") || rates == 1) {
            return options;
        }
        entry.mistakes.add(
                entry.at("burst"),
                "does not say of what; expected it beside one rate such as \"requests\", or inside, as"
                        + " {\"limit\": \"500/min\", \"burst\": 50}");
        return options.withoutBurst();
    }

    private static int rates(Section entry, Dimension dimension) {
        return entry.value(dimension.field())
                .map(value -> value instanceof JsonValue.Elements several
                        ? several.values().size()
                        : 1)
                .orElse(0);
    }

    /** A pattern alone says that its models are not limited; nothing at all is a mistake. */
    private static void checkNotEmpty(Section entry, boolean mayBeUnlimited) {
        boolean limited = entry.has("concurrency")
                || Arrays.stream(Dimension.values()).anyMatch(dimension -> entry.has(dimension.field()));
        if (!limited && !(mayBeUnlimited && entry.has("models"))) {
            entry.mistakes.add(
                    entry.place,
                    "limits nothing, expected \"requests\", \"tokens\", \"inputTokens\", \"outputTokens\", \"money\" or"
                            + " \"concurrency\"");
        }
    }

    /** First match wins, so an entry behind one that covers it would never be used. */
    private static final class Precedence {
        private final List<String> patterns = new ArrayList<>();
        private final List<Place> places = new ArrayList<>();
        private final Mistakes mistakes;

        Precedence(Mistakes mistakes) {
            this.mistakes = mistakes;
        }

        void add(String models, Section entry) {
            for (int i = 0; i < patterns.size(); i++) {
                if (Patterns.includes(patterns.get(i), models)) {
                    mistakes.add(
                            entry.at("models"),
                            "is " + Shown.text(models) + ", which can never be used: "
                                    + places.get(i).path() + " on line "
                                    + places.get(i).line() + " matches first, with " + Shown.text(patterns.get(i))
                                    + "; expected narrower patterns before wider ones");
                    return;
                }
            }
            patterns.add(models);
            places.add(entry.place);
        }
    }
}
