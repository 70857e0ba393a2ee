package io.keycoord.sdk.call;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what calls did beside going to their pool with their model. One may be given to several clients. Safe for use by many
 * threads.
 */
public final class CallCounts {
    private final LongAdder fallbackModels = new LongAdder();
    private final LongAdder lastResorts = new LongAdder();
    private final LongAdder hedges = new LongAdder();
    private final LongAdder hedgesWon = new LongAdder();

    /** How often a call went on with another model of its list. */
    public long fallbackModels() {
        return fallbackModels.sum();
    }

    /** How often a call went on to another pool. */
    public long lastResorts() {
        return lastResorts.sum();
    }

    /** How often a call was made a second time because its answer was late. */
    public long hedges() {
        return hedges.sum();
    }

    /** How often the second one answered first. */
    public long hedgesWon() {
        return hedgesWon.sum();
    }

    void countFallbackModel() {
        fallbackModels.increment();
    }

    void countLastResort() {
        lastResorts.increment();
    }

    /** For transports. */
    public void countHedge() {
        hedges.increment();
    }

    /** For transports. */
    public void countHedgeWon() {
        hedgesWon.increment();
    }

    @Override
    public String toString() {
        return "CallCounts[fallbackModels=" + fallbackModels() + ", lastResorts=" + lastResorts() + ", hedges="
                + hedges() + ", hedgesWon=" + hedgesWon() + "]";
    }
}
