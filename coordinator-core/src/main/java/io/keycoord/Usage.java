package io.keycoord;

/**
 * What a call really used.
 *
 * @param inputTokens tokens of the prompt, 0 to 1,000,000,000
 * @param outputTokens tokens of the answer, 0 to 1,000,000,000
 */
public record Usage(long inputTokens, long outputTokens) {

    private static final long MAX_TOKENS = 1_000_000_000L;

    /** A call that cost a request and no tokens, as one that the provider refused. */
    public static final Usage NONE = new Usage(0, 0);

    public Usage {
        if (inputTokens < 0 || inputTokens > MAX_TOKENS) {
            throw new IllegalArgumentException("input tokens is " + inputTokens + ", expected 0 to " + MAX_TOKENS);
        }
        if (outputTokens < 0 || outputTokens > MAX_TOKENS) {
            throw new IllegalArgumentException("output tokens is " + outputTokens + ", expected 0 to " + MAX_TOKENS);
        }
    }

    public static Usage tokens(long input, long output) {
        return new Usage(input, output);
    }

    /** Tokens in all. */
    public long tokens() {
        return inputTokens + outputTokens;
    }
}
