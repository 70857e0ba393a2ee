package io.keycoord.simulator;

/** A counter that starts anew at each full window since the epoch. */
final class FixedLimiter implements Limiter {

    private final long amount;
    private final long windowNanos;
    private long index = Long.MIN_VALUE;
    private long used;

    FixedLimiter(Rate rate) {
        amount = rate.amount();
        windowNanos = rate.window().toNanos();
    }

    @Override
    public long waitNanos(long now, long cost) {
        if (cost > amount) {
            return NEVER;
        }
        enter(now);
        return used + cost <= amount ? 0 : untilNext(now);
    }

    @Override
    public void take(long now, long cost) {
        enter(now);
        used += cost;
    }

    @Override
    public long remaining(long now) {
        enter(now);
        return Math.max(0, amount - used);
    }

    @Override
    public long untilFullNanos(long now) {
        enter(now);
        return used == 0 ? 0 : untilNext(now);
    }

    @Override
    public long most() {
        return amount;
    }

    private long untilNext(long now) {
        return (index + 1) * windowNanos - now;
    }

    private void enter(long now) {
        long current = Math.floorDiv(now, windowNanos);
        if (current > index) {
            index = current;
            used = 0;
        }
    }
}
