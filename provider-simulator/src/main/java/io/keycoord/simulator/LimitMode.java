package io.keycoord.simulator;

/** How a limit is enforced. */
public enum LimitMode {
    /** A real-valued bucket that holds {@code burst} and refills continuously by {@code amount} per window. */
    BUCKET("bucket"),
    /** Never more than {@code amount} in any span of one window, open at its start: what came at 0 is free again at W. */
    SLIDING_WINDOW("sliding-window"),
    /** Counted anew from each full window since the epoch: the minute, the hour, the UTC day. */
    FIXED_WINDOW("fixed-window");

    private final String word;

    LimitMode(String word) {
        this.word = word;
    }

    /** The name used in JSON. */
    public String word() {
        return word;
    }
}
