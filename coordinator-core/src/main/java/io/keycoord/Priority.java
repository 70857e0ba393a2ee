package io.keycoord;

/**
 * How important a call is. A less important one leaves a share of every limit and of all slots to more important ones
 * ({@code headroom} of the pool), and waits behind them; one that has waited long counts as more important.
 */
public enum Priority {
    /** Somebody waits for the answer: may use all of every limit. */
    INTERACTIVE,
    /** What a request is that says nothing; leaves nothing, unless the pool says otherwise. */
    NORMAL,
    /** Can wait; leaves a fifth, unless the pool says otherwise. */
    BATCH
}
