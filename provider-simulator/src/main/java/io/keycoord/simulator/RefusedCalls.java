package io.keycoord.simulator;

/** What a call that is not admitted costs. */
public enum RefusedCalls {
    /** Nothing. */
    FREE("free"),
    /** One request, as at OpenAI and Azure. A bucket does not go below zero by it. */
    COUNTED("counted");

    private final String word;

    RefusedCalls(String word) {
        this.word = word;
    }

    /** The name used in JSON. */
    public String word() {
        return word;
    }
}
