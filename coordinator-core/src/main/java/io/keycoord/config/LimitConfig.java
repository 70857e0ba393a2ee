package io.keycoord.config;

import io.keycoord.Dimension;
import java.time.Duration;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The limits that the models matching a pattern share.
 *
 * @param models a pattern with {@code *} for any run of characters, for example {@code *:free}
 * @param rates by what they count, at most {@value #MOST_WINDOWS} of each, each window once, the shortest first; none
 *     for no limit. A bucket of anything but requests must hold more than what flows in during {@code arrivalJitter}
 * @param concurrency calls at the same time, 1 to 1,000,000; empty for no limit
 */
public record LimitConfig(String models, Map<Dimension, List<RateLimit>> rates, OptionalInt concurrency) {

    /** How many windows a dimension may have, for example per minute and per day. */
    public static final int MOST_WINDOWS = 4;

    /** No limit at all, for every model. */
    public static final LimitConfig NONE = LimitConfig.of("*");

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the pattern is empty, the concurrency is out of range, a window is there twice,
     *     or the tokens can never be granted
     */
    public LimitConfig {
        if (!Patterns.isPattern(models)) {
            throw new IllegalArgumentException("models is " + Shown.text(models) + ", expected " + Patterns.EXPECTED);
        }
        concurrency.ifPresent(calls -> Ranges.CONCURRENCY.require("concurrency", calls));
        Map<Dimension, List<RateLimit>> sorted = new EnumMap<>(Dimension.class);
        rates.forEach((dimension, limits) -> {
            if (!limits.isEmpty()) {
                sorted.put(dimension, checked(dimension, limits));
            }
        });
        rates = Collections.unmodifiableMap(sorted);
    }

    /** A pattern without limits yet. */
    public static LimitConfig of(String models) {
        return new LimitConfig(models, Map.of(), OptionalInt.empty());
    }

    /** The limits of one dimension, the shortest window first; empty for no limit. */
    public List<RateLimit> rates(Dimension dimension) {
        return rates.getOrDefault(dimension, List.of());
    }

    public List<RateLimit> requests() {
        return rates(Dimension.REQUESTS);
    }

    public List<RateLimit> tokens() {
        return rates(Dimension.TOKENS);
    }

    /** The same with these limits of a dimension, for example per minute and per day; each window once. */
    public LimitConfig with(Dimension dimension, List<RateLimit> limits) {
        Map<Dimension, List<RateLimit>> more = new EnumMap<>(Dimension.class);
        more.putAll(rates);
        more.put(dimension, limits);
        return new LimitConfig(models, more, concurrency);
    }

    /** The same with these limits of requests. */
    public LimitConfig withRequests(RateLimit... requests) {
        return with(Dimension.REQUESTS, List.of(requests));
    }

    /** The same with these limits of tokens, input and output together. */
    public LimitConfig withTokens(RateLimit... tokens) {
        return with(Dimension.TOKENS, List.of(tokens));
    }

    /** The same with at most so many calls at the same time, 1 to 1,000,000. */
    public LimitConfig withConcurrency(int calls) {
        return new LimitConfig(models, rates, OptionalInt.of(calls));
    }

    /** The same limits for the models of another pattern. */
    public LimitConfig withModels(String pattern) {
        return new LimitConfig(pattern, rates, concurrency);
    }

    /** Whether {@code model} matches the pattern. Letters are compared as they are. */
    public boolean covers(String model) {
        return Patterns.matches(models, model);
    }

    /** Whether nothing is limited. */
    public boolean isEmpty() {
        return rates.isEmpty() && concurrency.isEmpty();
    }

    private static List<RateLimit> checked(Dimension dimension, List<RateLimit> limits) {
        mistakeInWindows(limits)
                .or(() -> limits.stream()
                        .flatMap(limit -> mistakeIn(dimension, limit).stream())
                        .findFirst())
                .ifPresent(mistake -> {
                    throw new IllegalArgumentException(dimension.field() + " " + mistake);
                });
        return limits.stream().sorted(Comparator.comparing(RateLimit::window)).toList();
    }

    /** What is wrong with several limits of one dimension, as the rest of a sentence; empty if nothing is. */
    static Optional<String> mistakeInWindows(List<RateLimit> limits) {
        if (limits.size() > MOST_WINDOWS) {
            return Optional.of("has " + limits.size() + " windows, expected at most " + MOST_WINDOWS);
        }
        List<Duration> windows = limits.stream().map(RateLimit::window).sorted().toList();
        for (int i = 1; i < windows.size(); i++) {
            if (windows.get(i).equals(windows.get(i - 1))) {
                return Optional.of(
                        "has two limits per " + Durations.written(windows.get(i)) + ", expected each window once");
            }
        }
        return Optional.empty();
    }

    /** Why a limit could never grant anything, as the rest of a sentence; empty if it can. */
    static Optional<String> mistakeIn(Dimension dimension, RateLimit limit) {
        if (dimension == Dimension.REQUESTS) {
            return Optional.empty();
        }
        String units = dimension == Dimension.MONEY ? "millionths of a dollar" : "tokens";
        return switch (limit.mode()) {
            case BUCKET -> mistakeInBucket(limit, units);
            case SLIDING_WINDOW ->
                limit.amount() > 1
                        ? Optional.empty()
                        : Optional.of("has the amount 1, expected at least 2 " + units + " in a sliding window");
            case FIXED_WINDOW, FIXED_PACIFIC_DAY, FIXED_MONTH -> Optional.empty();
        };
    }

    private static Optional<String> mistakeInBucket(RateLimit limit, String units) {
        long share = RateRules.jitterShare(limit.rate(), limit.arrivalJitter());
        if (share < limit.burst()) {
            return Optional.empty();
        }
        return Optional.of("has a burst of " + limit.burst() + ", but " + share + " " + units
                + " may flow in during its arrivalJitter of " + Durations.written(limit.arrivalJitter())
                + ", which the burst must exceed; expected a burst of at least " + (share + 1)
                + " or a shorter arrivalJitter");
    }
}
