package io.keycoord.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import io.keycoord.Usage;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Gathers the token counts of an answer, whatever the provider calls them, and its cost in dollars where the provider
 * tells it; a later count replaces an earlier one.
 */
final class UsageFields {
    private static final long UNKNOWN = -1;
    private static final long MOST = 1_000_000_000L;
    private static final double MOST_DOLLARS = 1e6;

    /** So large that it is no count of tokens but nonsense. */
    private static final double NO_COUNT = 1e15;

    /** What a double may be off by, in millionths of a dollar. */
    private static final double ROUNDING = 1e-3;

    private long input = UNKNOWN;
    private long cacheWrites = 0;
    private long output = UNKNOWN;
    private long thoughts = 0;
    private OptionalLong microUsd = OptionalLong.empty();

    /** Takes the counts of a usage object; anything else is ignored. */
    void take(JsonNode usage) {
        for (var field : usage.properties()) {
            if (field.getValue().isNumber()) {
                takeNumber(field.getKey(), field.getValue().doubleValue());
            }
        }
    }

    /** A count of tokens, or the cost in dollars; of a count that is no whole number nothing is taken. */
    void takeNumber(String name, double number) {
        if (name.equals("cost")) {
            takeCost(number);
        } else if (number == Math.rint(number) && number < NO_COUNT) {
            take(name, (long) Math.min(MOST, number));
        }
    }

    /** Rounded up to a millionth of a dollar; a negative one, or one beyond a million dollars, is none. */
    private void takeCost(double dollars) {
        if (dollars >= 0 && dollars <= MOST_DOLLARS) {
            microUsd = OptionalLong.of((long) Math.ceil(dollars * 1e6 - ROUNDING));
        }
    }

    private void take(String name, long count) {
        long tokens = Math.max(0, Math.min(MOST, count));
        switch (name) {
            case "prompt_tokens", "input_tokens", "promptTokenCount" -> input = tokens;
            case "cache_creation_input_tokens" -> cacheWrites = tokens;
            case "completion_tokens", "output_tokens", "candidatesTokenCount" -> output = tokens;
            case "thoughtsTokenCount" -> thoughts = tokens;
            default -> {}
        }
    }

    /** Known as soon as one side is: an embedding has no output. */
    Optional<Usage> usage() {
        if (input == UNKNOWN && output == UNKNOWN) {
            return Optional.empty();
        }
        long in = Math.max(0, input) + cacheWrites;
        long out = Math.max(0, output) + thoughts;
        Usage usage = Usage.tokens(Math.min(MOST, in), Math.min(MOST, out));
        return Optional.of(microUsd.isPresent() ? usage.withMicroUsd(microUsd.getAsLong()) : usage);
    }
}
