package io.keycoord.simulator;

import java.time.Duration;

/**
 * So many requests, or tokens, per window.
 *
 * @param amount how many, 1 to 1,000,000,000,000
 * @param window per which time, 1 ms to 31 days
 * @param mode how it is enforced
 * @param burst how many at once, at least 1; equals {@code amount} unless the mode is {@link LimitMode#BUCKET}
 */
public record Rate(long amount, Duration window, LimitMode mode, long burst) {

    private static final long MOST = 1_000_000_000_000L;
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(31);

    /** Refuses what cannot be enforced exactly. */
    public Rate {
        Check.range("amount", amount, 1, MOST);
        Check.range("burst", burst, 1, MOST);
        Check.duration("window", window, SHORTEST, LONGEST);
        Check.that(
                mode == LimitMode.BUCKET || burst == amount,
                () -> "burst is " + burst + ", expected the amount " + amount + ": only a bucket has its own burst");
    }

    /** A token bucket that holds one window's worth. */
    public static Rate bucket(long amount, Duration window) {
        return new Rate(amount, window, LimitMode.BUCKET, amount);
    }

    /** A strict sliding window. */
    public static Rate slidingWindow(long amount, Duration window) {
        return new Rate(amount, window, LimitMode.SLIDING_WINDOW, amount);
    }

    /** A window aligned to the epoch. */
    public static Rate fixedWindow(long amount, Duration window) {
        return new Rate(amount, window, LimitMode.FIXED_WINDOW, amount);
    }

    /** The same rate with another bucket size. */
    public Rate withBurst(long other) {
        return new Rate(amount, window, mode, other);
    }
}
