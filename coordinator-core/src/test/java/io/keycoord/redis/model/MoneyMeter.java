package io.keycoord.redis.model;

/** Calls that cost nothing are not held up by limits of money. */
record MoneyMeter(Meter counted) implements Meter {
    @Override
    public long earliest(long cost, long time) {
        return cost == 0 ? time : counted.earliest(cost, time);
    }

    @Override
    public long charge(long cost, long start, long now) {
        return counted.charge(cost, start, now);
    }

    @Override
    public void refund(long cost, long stamp, long now) {
        counted.refund(cost, stamp, now);
    }

    @Override
    public long left(long now) {
        return counted.left(now);
    }
}
