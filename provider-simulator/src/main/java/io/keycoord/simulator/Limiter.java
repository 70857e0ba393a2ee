package io.keycoord.simulator;

import java.util.Optional;

/**
 * One rate, measured. Times are nanoseconds since the epoch and must not run backwards. Not safe for use by many
 * threads: the account's lock guards it.
 */
interface Limiter {

    /** The wait of a cost that can never fit. */
    long NEVER = Long.MAX_VALUE;

    /** How long until {@code cost} fits if nothing else is taken: 0 now, {@link #NEVER} if it is too large for ever. */
    long waitNanos(long now, long cost);

    /** Charges {@code cost} whether or not it fits. */
    void take(long now, long cost);

    /** Charges one refused call, as far as there is something to take. */
    default void takeRefused(long now) {
        take(now, 1);
    }

    /** What fits now, rounded down, at least 0. */
    long remaining(long now);

    /** How long until nothing is used any more, if nothing else is taken. */
    long untilFullNanos(long now);

    /** The most that could ever fit at once. */
    long most();

    static Limiter of(Optional<Rate> rate) {
        return rate.map(Limiter::of).orElseGet(NoLimiter::new);
    }

    static Limiter of(Rate rate) {
        return switch (rate.mode()) {
            case BUCKET -> new BucketLimiter(rate);
            case SLIDING_WINDOW -> new SlidingLimiter(rate);
            case FIXED_WINDOW -> new FixedLimiter(rate);
        };
    }
}
