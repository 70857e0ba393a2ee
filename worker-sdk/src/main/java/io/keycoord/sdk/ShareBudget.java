package io.keycoord.sdk;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps what calls may do beside, to be tried again or to be made twice, within a share of all calls over time: each call
 * earns its share of one, up to ten of them. Safe for use by many threads.
 */
public final class ShareBudget {
    private static final long PRICE = 1_000_000;
    private static final long MOST = 10 * PRICE;

    private final long income;
    private final AtomicLong earned;

    private ShareBudget(double share, long earned) {
        this.income = Math.round(share * PRICE);
        this.earned = new AtomicLong(earned);
    }

    /** Of a share from 0 to 1, with ten to spend at once. */
    public static ShareBudget full(double share) {
        return new ShareBudget(share, MOST);
    }

    /** Of a share from 0 to 1, with nothing to spend yet. */
    public static ShareBudget empty(double share) {
        return new ShareBudget(share, 0);
    }

    /** A call is made for the first time. */
    public void earn() {
        earned.updateAndGet(before -> Math.min(MOST, before + income));
    }

    /** Whether there may be one more; it is spent then. */
    public boolean spend() {
        return earned.getAndUpdate(before -> before < PRICE ? before : before - PRICE) >= PRICE;
    }

    /** What was spent is not needed. */
    public void giveBack() {
        earned.updateAndGet(before -> Math.min(MOST, before + PRICE));
    }

    @Override
    public String toString() {
        return "ShareBudget[" + earned.get() / PRICE + " of " + MOST / PRICE + "]";
    }
}
