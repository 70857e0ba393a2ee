package io.keycoord.config;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * The limits that the models matching a pattern share.
 *
 * @param models a pattern with {@code *} for any run of characters, for example {@code *:free}
 * @param requests empty for no limit
 * @param tokens input and output together; empty for no limit. A bucket must hold more than what flows in during
 *     {@code arrivalJitter}
 * @param concurrency calls at the same time, 1 to 1,000,000; empty for no limit
 */
public record LimitConfig(
        String models, Optional<RateLimit> requests, Optional<RateLimit> tokens, OptionalInt concurrency) {

    /** No limit at all, for every model. */
    public static final LimitConfig NONE =
            new LimitConfig("*", Optional.empty(), Optional.empty(), OptionalInt.empty());

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the pattern is empty, the concurrency is out of range, or the tokens
     *     can never be granted
     */
    public LimitConfig {
        if (!Patterns.isPattern(models)) {
            throw new IllegalArgumentException("models is " + Shown.text(models) + ", expected " + Patterns.EXPECTED);
        }
        concurrency.ifPresent(calls -> Ranges.CONCURRENCY.require("concurrency", calls));
        tokens.flatMap(LimitConfig::mistakeInTokens).ifPresent(mistake -> {
            throw new IllegalArgumentException("tokens " + mistake);
        });
    }

    /** A pattern without limits yet. */
    public static LimitConfig of(String models) {
        return new LimitConfig(models, Optional.empty(), Optional.empty(), OptionalInt.empty());
    }

    public LimitConfig withRequests(RateLimit requests) {
        return new LimitConfig(models, Optional.of(requests), tokens, concurrency);
    }

    public LimitConfig withTokens(RateLimit tokens) {
        return new LimitConfig(models, requests, Optional.of(tokens), concurrency);
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
