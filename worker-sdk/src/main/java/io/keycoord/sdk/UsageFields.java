package io.keycoord.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import io.keycoord.Usage;
import java.util.Optional;

/** Gathers the token counts of an answer, whatever the provider calls them; a later count replaces an earlier one. */
final class UsageFields {
    private static final long UNKNOWN = -1;
    private static final long MOST = 1_000_000_000L;

    private long input = UNKNOWN;
    private long cacheWrites = 0;
    private long output = UNKNOWN;
    private long thoughts = 0;

    /** Takes the counts of a usage object; anything else is ignored. */
    void take(JsonNode usage) {
        for (var field : usage.properties()) {
            if (field.getValue().isIntegralNumber()) {
                take(field.getKey(), field.getValue().asLong());
            }
        }
    }

    void take(String name, long count) {
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
        return Optional.of(Usage.tokens(Math.min(MOST, in), Math.min(MOST, out)));
    }
}
