package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import io.keycoord.Usage;
import io.keycoord.sdk.UsageReader;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a completion used, as the provider says; what it does not say counts as zero.
 *
 * @param promptTokens tokens of the prompt, those of the cache among them
 * @param completionTokens tokens of the answer, those of its reasoning among them
 * @param totalTokens both
 * @param cachedTokens tokens of the prompt that came from the provider's cache
 * @param reasoningTokens tokens of the answer that nobody reads
 * @param microUsd what it cost in millionths of a US dollar, rounded up; empty if the provider does not say
 */
public record ChatUsage(
        long promptTokens,
        long completionTokens,
        long totalTokens,
        long cachedTokens,
        long reasoningTokens,
        OptionalLong microUsd) {

    /** Of a body or a chunk; empty if it has no counts. */
    static Optional<ChatUsage> of(JsonNode body) {
        JsonNode usage = body.path("usage");
        return counted(usage)
                .map(counted -> new ChatUsage(
                        counted.inputTokens(),
                        counted.outputTokens(),
                        Math.max(0, usage.path("total_tokens").asLong(counted.tokens())),
                        Math.max(
                                0,
                                usage.path("prompt_tokens_details")
                                        .path("cached_tokens")
                                        .asLong()),
                        Math.max(
                                0,
                                usage.path("completion_tokens_details")
                                        .path("reasoning_tokens")
                                        .asLong()),
                        counted.microUsd()));
    }

    /** By the rule that settles the lease. */
    private static Optional<Usage> counted(JsonNode usage) {
        byte[] alone = Json.bytes(Json.object().set("usage", usage.isObject() ? usage : Json.object()));
        UsageReader reader = UsageReader.of("application/json");
        reader.read(alone, 0, alone.length);
        return reader.usage();
    }
}
