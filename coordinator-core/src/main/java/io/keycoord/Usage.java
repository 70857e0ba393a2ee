package io.keycoord;

import java.util.OptionalLong;

/**
 * What a call really used.
 *
 * @param inputTokens tokens of the prompt, 0 to 1,000,000,000
 * @param outputTokens tokens of the answer, 0 to 1,000,000,000
 * @param microUsd what the provider says it cost, in millionths of a US dollar, 0 to 1,000,000,000,000; empty if it did
 *     not say, then the pool's price table tells
 */
public record Usage(long inputTokens, long outputTokens, OptionalLong microUsd) {

    private static final long MAX_TOKENS = 1_000_000_000L;
    private static final long MAX_MICRO_USD = 1_000_000_000_000L;

    /** A call that cost a request and no tokens, as one that the provider refused. */
    public static final Usage NONE = new Usage(0, 0, OptionalLong.of(0));

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public Usage {
        require("input tokens", inputTokens, MAX_TOKENS);
        require("output tokens", outputTokens, MAX_TOKENS);
        microUsd.ifPresent(cost -> require("cost in millionths of a dollar", cost, MAX_MICRO_USD));
    }

    private static void require(String what, long value, long most) {
        if (value < 0 || value > most) {
            throw new IllegalArgumentException(what + " is " + value + ", expected 0 to " + most);
        }
    }

    public static Usage tokens(long input, long output) {
        return new Usage(input, output, OptionalLong.empty());
    }

    /** The same, with what the provider says it cost, in millionths of a US dollar. */
    public Usage withMicroUsd(long cost) {
        return new Usage(inputTokens, outputTokens, OptionalLong.of(cost));
    }

    /** Tokens in all. */
    public long tokens() {
        return inputTokens + outputTokens;
    }
}
