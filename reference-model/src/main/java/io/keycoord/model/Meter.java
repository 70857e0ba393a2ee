package io.keycoord.model;

/** One limit of one owner. Times are microseconds of the server's clock, costs are in the limit's dimension. */
interface Meter {
    long EVENT = 9_000_000_000_000_000L;
    long NEVER = 9_007_199_254_740_991L;

    /** The first instant from {@code time} on that admits the cost; {@link #NEVER} if none does. */
    long earliest(long cost, long time);

    /** The same for a call that leaves so many percent of the limit to others, if it is not too large for that. */
    default long earliest(long cost, long time, long percentLeft) {
        return earliest(cost, time);
    }

    /** Counts the cost from {@code start} on. Returns the stamp that a later refund needs. */
    default long charge(long cost, long start, long now) {
        return charge(cost, start, now, ModelPace.ALL);
    }

    /** At a pace in eighths of the rate a charge takes up more: units of a window, time in a bucket. */
    long charge(long cost, long start, long now, long eighths);

    /** Gives back what is still there of a cost that was charged at a pace. */
    void refund(long cost, long stamp, long now, long eighths);

    /** No more was left than this at an earlier instant; of windows that slide nothing is known about it. */
    default void noMoreThan(long left, long then, long now) {}

    /** Forgets all that has been counted. */
    void clear();

    /** Whole units left. */
    long left(long now);

    static Meter of(Owner owner, ModelLimit limit, Fields windows) {
        Meter counted = counting(owner, limit, windows);
        return limit.dimension().equals("money") ? new MoneyMeter(counted) : counted;
    }

    private static Meter counting(Owner owner, ModelLimit limit, Fields windows) {
        if (limit.isBucket()) {
            return new BucketMeter(owner.fields(), limit);
        }
        if (limit.mode().equals("ring")) {
            return new RingMeter(windows, owner.name() + " " + limit.name(), limit);
        }
        return new FixedMeter(owner.fields(), limit);
    }
}
