package io.keycoord.sdk;

import io.keycoord.LeaseRequest;
import java.util.Optional;

/**
 * What a request will ask of a key's limits, as far as its address and body tell.
 *
 * @param model the model called, if the request names one
 * @param inputTokens estimate of the prompt, zero or more
 * @param outputTokens what the answer may take at most, zero or more
 */
public record CallFacts(Optional<String> model, long inputTokens, long outputTokens) {
    private static final long MOST = 1_000_000_000L;

    /** Nothing is known, as of a call without a body. */
    public static final CallFacts UNKNOWN = new CallFacts(Optional.empty(), 0, 0);

    /** What is known of a body too large to be read: its length, or -1. */
    public static CallFacts ofSize(long bytes) {
        return new CallFacts(Optional.empty(), bytes / 4, 0);
    }

    public CallFacts {
        inputTokens = clamp(inputTokens);
        outputTokens = clamp(outputTokens);
    }

    private static long clamp(long tokens) {
        return Math.max(0, Math.min(MOST, tokens));
    }

    /**
     * The lease such a call needs.
     *
     * @param tenant who pays; empty for nobody in particular
     * @throws IllegalArgumentException if the model's name is one that no provider has
     */
    public LeaseRequest request(String pool, Optional<String> tenant) {
        LeaseRequest request = LeaseRequest.of(pool).withTokens(inputTokens, outputTokens);
        LeaseRequest paid = tenant.map(request::withTenant).orElse(request);
        return model.map(paid::withModel).orElse(paid);
    }
}
