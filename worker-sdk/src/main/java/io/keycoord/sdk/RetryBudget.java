package io.keycoord.sdk;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps the retries of many calls within a tenth of them over time, so that a provider that fails is not asked several
 * times as much: each call earns a tenth of a retry, up to ten retries, which a new budget has. Safe for use by many threads.
 */
public final class RetryBudget {
    private static final long PRICE = 10;
    private static final long MOST = 10 * PRICE;

    private final AtomicLong earned = new AtomicLong(MOST);

    /** A call is made for the first time. */
    void earn() {
        earned.updateAndGet(before -> Math.min(MOST, before + 1));
    }

    /** Whether there may be one more retry; it is spent then. */
    boolean spend() {
        return earned.getAndUpdate(before -> before < PRICE ? before : before - PRICE) >= PRICE;
    }

    @Override
    public String toString() {
        return "RetryBudget[" + earned.get() / PRICE + " of " + MOST / PRICE + "]";
    }
}
