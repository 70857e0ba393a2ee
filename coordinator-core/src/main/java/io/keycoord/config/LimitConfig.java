package io.keycoord.config;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * The limits that the models matching a pattern share.
 *
 * @param models a pattern with {@code *} for any run of characters, for example {@code *:free}
 * @param requests empty for no limit
 * @param tokens input and output together; empty for no limit
 * @param concurrency calls at the same time, 1 to 1,000,000; empty for no limit
 */
public record LimitConfig(
        String models, Optional<RateLimit> requests, Optional<RateLimit> tokens, OptionalInt concurrency) {

    /** No limit at all, for every model. */
    public static final LimitConfig NONE =
            new LimitConfig("*", Optional.empty(), Optional.empty(), OptionalInt.empty());

    /** The same limits for the models of another pattern. */
    public LimitConfig withModels(String pattern) {
        return new LimitConfig(pattern, requests, tokens, concurrency);
    }

    /** Whether {@code model} matches the pattern. Letters are compared as they are. */
    public boolean covers(String model) {
        return Patterns.matches(models, model);
    }
}
