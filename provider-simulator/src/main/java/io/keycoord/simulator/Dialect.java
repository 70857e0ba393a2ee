package io.keycoord.simulator;

/** Whose answers the simulator imitates. */
public enum Dialect {
    /** Errors with a numeric code and metadata; reset instants in epoch milliseconds; usage always streamed. */
    OPENROUTER("openrouter"),
    /** Errors with type and code; {@code x-ratelimit-*} on every answer; usage streamed only when asked for. */
    OPENAI("openai"),
    /**
     * Messages in place of chat completions, keys in {@code x-api-key}; errors with a type; {@code anthropic-ratelimit-*} on
     * every answer; usage at both ends of a stream.
     */
    ANTHROPIC("anthropic"),
    /**
     * Contents in place of chat completions, the model in the path, keys in {@code x-goog-api-key}; errors with details of
     * quotas and delays, and no headers; chat completions and embeddings below {@code openai/}.
     */
    GEMINI("gemini");

    private final String word;

    Dialect(String word) {
        this.word = word;
    }

    /** The name used in JSON. */
    public String word() {
        return word;
    }
}
