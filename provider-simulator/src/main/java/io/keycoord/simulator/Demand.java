package io.keycoord.simulator;

/**
 * A call that someone wants to make.
 *
 * @param offsetNanos when, since the start of the replay, at least 0
 * @param tokensAsked prompt and {@code max_tokens}, at least 1
 * @param tokensUsed prompt and completion, at least 0
 * @param durationNanos how long it occupies a place, at least 0
 */
public record Demand(long offsetNanos, long tokensAsked, long tokensUsed, long durationNanos) {

    /** Refuses negative numbers. */
    public Demand {
        Check.range("offsetNanos", offsetNanos, 0, Long.MAX_VALUE / 4);
        Check.range("tokensAsked", tokensAsked, 1, Long.MAX_VALUE / 4);
        Check.range("tokensUsed", tokensUsed, 0, Long.MAX_VALUE / 4);
        Check.range("durationNanos", durationNanos, 0, Long.MAX_VALUE / 4);
    }
}
