package io.keycoord.simulator;

/**
 * A token bucket without rounding. One token is {@code windowTicks} parts and each tick earns {@code amount} parts, so
 * the level is a whole number at every tick. A tick is a nanosecond unless the parts of a full bucket would overflow.
 */
final class BucketLimiter implements Limiter {

    private static final long MOST_PARTS = 1L << 61;

    private final long amount;
    private final long burst;
    private final long tickNanos;
    private final long tokenParts;
    private final long fullParts;
    private long levelParts;
    private long updatedTick = Long.MIN_VALUE;

    BucketLimiter(Rate rate) {
        amount = rate.amount();
        burst = rate.burst();
        long windowNanos = rate.window().toNanos();
        long tick = 1;
        while (Durations.ceilDiv(windowNanos, tick) > MOST_PARTS / burst) {
            tick *= 10;
        }
        tickNanos = tick;
        tokenParts = Durations.ceilDiv(windowNanos, tick);
        fullParts = burst * tokenParts;
        levelParts = fullParts;
    }

    @Override
    public long waitNanos(long now, long cost) {
        if (cost > burst) {
            return NEVER;
        }
        refill(now);
        return untilNanos(now, cost * tokenParts);
    }

    @Override
    public void take(long now, long cost) {
        refill(now);
        // A charge at completion may be many times the bucket; its parts must not overflow.
        long parts = cost > burst ? (long) Math.min((double) cost * tokenParts, MOST_PARTS) : cost * tokenParts;
        levelParts = Math.max(-MOST_PARTS, levelParts - parts);
    }

    @Override
    public void takeRefused(long now) {
        refill(now);
        levelParts -= Math.min(tokenParts, Math.max(0, levelParts));
    }

    @Override
    public long remaining(long now) {
        refill(now);
        return Math.max(0, levelParts) / tokenParts;
    }

    @Override
    public long untilFullNanos(long now) {
        refill(now);
        return untilNanos(now, fullParts);
    }

    @Override
    public long most() {
        return burst;
    }

    private long untilNanos(long now, long wantedParts) {
        if (levelParts >= wantedParts) {
            return 0;
        }
        long ticks = Durations.ceilDiv(wantedParts - levelParts, amount);
        return (updatedTick + ticks) * tickNanos - now;
    }

    private void refill(long now) {
        long tick = now / tickNanos;
        if (tick <= updatedTick) {
            return;
        }
        long passed = updatedTick == Long.MIN_VALUE ? 0 : tick - updatedTick;
        boolean full = passed > (fullParts - levelParts) / amount;
        levelParts = full ? fullParts : levelParts + passed * amount;
        updatedTick = tick;
    }
}
