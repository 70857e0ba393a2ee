package io.keycoord.simulator;

/** When a call's tokens are charged. */
public enum TokensCounted {
    /** At its admission: the prompt and {@code max_tokens}. Nothing comes back. */
    ADMISSION("admission"),
    /** At its end: what it used. It is admitted as long as one token is left, so the account can go below zero. */
    COMPLETION("completion");

    private final String word;

    TokensCounted(String word) {
        this.word = word;
    }

    /** The name used in JSON. */
    public String word() {
        return word;
    }
}
