package io.keycoord;

/** What a rate limit counts. */
public enum Dimension {
    /** Calls, each of them one. */
    REQUESTS("requests", "requests"),
    /** Tokens of the prompt and of the answer together. */
    TOKENS("tokens", "tokens"),
    /** Tokens of the prompt. */
    INPUT_TOKENS("inputTokens", "input_tokens"),
    /** Tokens of the answer. */
    OUTPUT_TOKENS("outputTokens", "output_tokens"),
    /** Money, in millionths of a US dollar, by the pool's price table or as the provider told it. */
    MONEY("money", "money");

    private final String field;
    private final String stored;

    Dimension(String field, String stored) {
        this.field = field;
        this.stored = stored;
    }

    /** What the configuration calls it. */
    public String field() {
        return field;
    }

    /** What Redis calls it. */
    public String stored() {
        return stored;
    }

    /** Whether it counts tokens of any kind. */
    public boolean isTokens() {
        return this == TOKENS || this == INPUT_TOKENS || this == OUTPUT_TOKENS;
    }
}
