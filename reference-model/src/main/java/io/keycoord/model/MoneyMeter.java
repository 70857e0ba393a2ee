package io.keycoord.model;

/** Calls that cost nothing are not held up by limits of money. */
record MoneyMeter(Meter counted) implements Meter {
    @Override
    public long earliest(long cost, long time) {
        return cost == 0 ? time : counted.earliest(cost, time);
    }

    @Override
    public long earliest(long cost, long time, long percentLeft) {
        return cost == 0 ? time : counted.earliest(cost, time, percentLeft);
    }

    @Override
    public long charge(long cost, long start, long now, long eighths) {
        return counted.charge(cost, start, now, eighths);
    }

    @Override
    public void refund(long cost, long stamp, long now, long eighths) {
        counted.refund(cost, stamp, now, eighths);
    }

    @Override
    public void noMoreThan(long left, long then, long now) {
        counted.noMoreThan(left, then, now);
    }

    @Override
    public void clear() {
        counted.clear();
    }

    @Override
    public long left(long now) {
        return counted.left(now);
    }
}
