package io.keycoord.config;

import java.time.Duration;

/**
 * So many requests, or tokens, per window.
 *
 * @param amount how many, at least 1
 * @param window per which time, 1 ms to 31 days
 * @param mode how the provider enforces it
 * @param burst how many at once, 1 to {@code amount}; for {@link Mode#BUCKET} only, else it equals {@code amount}
 * @param arrivalJitter by how much a request may reach the provider later than another one that was granted with it
 * @param refund whether the provider gives back what was reserved and not used
 * @param counted when the provider counts
 */
public record RateLimit(
        long amount, Duration window, Mode mode, long burst, Duration arrivalJitter, Refund refund, Counted counted) {

    /** How a provider enforces a limit. */
    public enum Mode {
        /** A token bucket that refills continuously and holds {@code burst}. */
        BUCKET,
        /** Never more than {@code amount} in any span of one window. */
        SLIDING_WINDOW,
        /** Counted anew from each full window of UTC: the minute, the hour, the day. */
        FIXED_WINDOW,
        /** Counted anew from each midnight in Los Angeles; the window is a day. */
        FIXED_PACIFIC_DAY
    }

    /** Whether a reservation that was too large comes back. */
    public enum Refund {
        NONE,
        SAFE
    }

    /** When a call is counted. */
    public enum Counted {
        /** When it is admitted, by what was asked for. */
        ADMISSION,
        /** When it ends, by what it used; until then the estimate is held. */
        COMPLETION
    }
}
