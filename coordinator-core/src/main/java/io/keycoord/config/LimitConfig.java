package io.keycoord.config;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The limits that the models matching a pattern share.
 *
 * @param models a pattern with {@code *} for any run of characters, for example {@code *:free}
 * @param requests at most {@value #MOST_WINDOWS}, each window once, the shortest first; empty for no limit
 * @param tokens likewise; input and output together. A bucket must hold more than what flows in during {@code
 *     arrivalJitter}
 * @param concurrency calls at the same time, 1 to 1,000,000; empty for no limit
 */
public record LimitConfig(String models, List<RateLimit> requests, List<RateLimit> tokens, OptionalInt concurrency) {

    /** How many windows a dimension may have, for example per minute and per day. */
    public static final int MOST_WINDOWS = 4;

    /** No limit at all, for every model. */
    public static final LimitConfig NONE = new LimitConfig("*", List.of(), List.of(), OptionalInt.empty());

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
        requests = windows("requests", requests);
        tokens = windows("tokens", tokens);
        tokens.stream()
                .flatMap(rate -> mistakeInTokens(rate).stream())
                .findFirst()
                .ifPresent(mistake -> {
                    throw new IllegalArgumentException("tokens " + mistake);
                });
    }

    /** A pattern without limits yet. */
    public static LimitConfig of(String models) {
        return new LimitConfig(models, List.of(), List.of(), OptionalInt.empty());
    }

    /** The same with these limits of requests, for example per minute and per day; each window once. */
    public LimitConfig withRequests(RateLimit... requests) {
        return new LimitConfig(models, List.of(requests), tokens, concurrency);
    }

    /** The same with these limits of tokens; each window once. */
    public LimitConfig withTokens(RateLimit... tokens) {
        return new LimitConfig(models, requests, List.of(tokens), concurrency);
    }

    /** The same with at most so many calls at the same time, 1 to 1,000,000. */
    public LimitConfig withConcurrency(int calls) {
        return new LimitConfig(models, requests, tokens, OptionalInt.of(calls));
    }

    /** The same limits for the models of another pattern. */
    public LimitConfig withModels(String pattern) {
        return new LimitConfig(pattern, requests, tokens, concurrency);
    }

    /** Whether {@code model} matches the pattern. Letters are compared as they are. */
    public boolean covers(String model) {
        return Patterns.matches(models, model);
    }

    private static List<RateLimit> windows(String dimension, List<RateLimit> limits) {
        mistakeInWindows(limits).ifPresent(mistake -> {
            throw new IllegalArgumentException(dimension + " " + mistake);
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

    /** Why a limit of tokens could never grant anything, as the rest of a sentence; empty if it can. */
    static Optional<String> mistakeInTokens(RateLimit tokens) {
        return switch (tokens.mode()) {
            case BUCKET -> mistakeInBucket(tokens);
            case SLIDING_WINDOW ->
                tokens.amount() > 1
                        ? Optional.empty()
                        : Optional.of("has the amount 1, expected at least 2 tokens in a sliding window");
            case FIXED_WINDOW, FIXED_PACIFIC_DAY -> Optional.empty();
        };
    }

    private static Optional<String> mistakeInBucket(RateLimit tokens) {
        long share = RateRules.jitterShare(new Rate(tokens.amount(), tokens.window()), tokens.arrivalJitter());
        if (share < tokens.burst()) {
            return Optional.empty();
        }
        return Optional.of("has a burst of " + tokens.burst() + ", but " + share + " tokens may flow in during its"
                + " arrivalJitter of " + Durations.written(tokens.arrivalJitter())
                + ", which the burst must exceed; expected a burst of at least " + (share + 1)
                + " or a shorter arrivalJitter");
    }
}
