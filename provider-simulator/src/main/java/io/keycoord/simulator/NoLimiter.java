package io.keycoord.simulator;

/** The absence of a limit. */
final class NoLimiter implements Limiter {

    @Override
    public long waitNanos(long now, long cost) {
        return 0;
    }

    @Override
    public void take(long now, long cost) {}

    @Override
    public long remaining(long now) {
        return Long.MAX_VALUE;
    }

    @Override
    public long untilFullNanos(long now) {
        return 0;
    }

    @Override
    public long most() {
        return Long.MAX_VALUE;
    }
}
