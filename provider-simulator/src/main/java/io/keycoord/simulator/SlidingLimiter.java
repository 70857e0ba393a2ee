package io.keycoord.simulator;

import java.util.ArrayDeque;

/** A strict sliding window: a log of what was taken, where an entry of time t is forgotten at t plus the window. */
final class SlidingLimiter implements Limiter {

    private record Entry(long atNanos, long cost) {}

    private final long amount;
    private final long windowNanos;
    private final ArrayDeque<Entry> log = new ArrayDeque<>();
    private long used;

    SlidingLimiter(Rate rate) {
        amount = rate.amount();
        windowNanos = rate.window().toNanos();
    }

    @Override
    public long waitNanos(long now, long cost) {
        if (cost > amount) {
            return NEVER;
        }
        forget(now);
        long left = used;
        if (left + cost <= amount) {
            return 0;
        }
        for (Entry entry : log) {
            left -= entry.cost;
            if (left + cost <= amount) {
                return entry.atNanos + windowNanos - now;
            }
        }
        throw new IllegalStateException("used is " + used + " and the log holds less");
    }

    @Override
    public void take(long now, long cost) {
        forget(now);
        if (cost > 0) {
            log.addLast(new Entry(now, cost));
            used += cost;
        }
        dropWhatNoLongerMatters();
    }

    @Override
    public long remaining(long now) {
        forget(now);
        return Math.max(0, amount - used);
    }

    @Override
    public long untilFullNanos(long now) {
        forget(now);
        return log.isEmpty() ? 0 : log.getLast().atNanos + windowNanos - now;
    }

    @Override
    public long most() {
        return amount;
    }

    /** How many entries are remembered. */
    int entries() {
        return log.size();
    }

    private void forget(long now) {
        while (!log.isEmpty() && log.getFirst().atNanos + windowNanos <= now) {
            used -= log.removeFirst().cost;
        }
    }

    /** While the newer entries alone fill the window, an older one delays nothing; so the log stays bounded. */
    private void dropWhatNoLongerMatters() {
        while (!log.isEmpty() && used - log.getFirst().cost >= amount) {
            used -= log.removeFirst().cost;
        }
    }
}
