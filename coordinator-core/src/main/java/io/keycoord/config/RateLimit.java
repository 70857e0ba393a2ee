package io.keycoord.config;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * So many requests, tokens, or millionths of a US dollar, per window. What it accepts is what the engine computes
 * exactly: {@code amount} times {@code window + arrivalJitter} is below 2^53, where time counts in microseconds for
 * windows shorter than a day and in milliseconds from a day on. Fixed windows just count.
 *
 * @param amount how many, 1 to 150,000,000 and within the exact range; in a fixed window 1 to 1,000,000,000,000
 * @param window per which time, 1 ms to 31 days
 * @param mode how the provider enforces it
 * @param burst how many at once, 1 to {@code amount}. A bucket holds so many. A sliding window of tokens grants so many
 *     at once and the rest at a steady rate; where it is the amount, a twentieth of it. Elsewhere it is the amount
 * @param arrivalJitter by how much a request may reach the provider later than another one that was granted with it; 0
 *     to half the window, at most 10 s
 * @param refund whether the provider gives back what was reserved and not used
 * @param counted when the provider counts
 */
public record RateLimit(
        long amount, Duration window, Mode mode, long burst, Duration arrivalJitter, Refund refund, Counted counted) {

    /** The jitter of a limit that names none, or half the window where that is shorter. */
    public static final Duration STANDARD_ARRIVAL_JITTER = Duration.ofMillis(250);

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public RateLimit {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(refund, "refund");
        Objects.requireNonNull(counted, "counted");
        List<RateRules.Finding> found = RateRules.findings(new Rate(amount, window), mode, burst, arrivalJitter);
        if (!found.isEmpty()) {
            throw new IllegalArgumentException(found.get(0).toString());
        }
    }

    /** How a provider enforces a limit. */
    public enum Mode {
        /** A token bucket that refills continuously and holds {@code burst}. */
        BUCKET,
        /** Never more than {@code amount} in any span of one window. */
        SLIDING_WINDOW,
        /** Counted anew from each full window of UTC: the minute, the hour, the day. */
        FIXED_WINDOW,
        /** Counted anew from each midnight in Los Angeles; the window is a day. */
        FIXED_PACIFIC_DAY,
        /** Counted anew from the first of each month of UTC; the window is 31 days. */
        FIXED_MONTH;

        /** Whether it begins anew at instants that the calendar names. */
        public boolean isFixed() {
            return this == FIXED_WINDOW || this == FIXED_PACIFIC_DAY || this == FIXED_MONTH;
        }
    }

    /** Whether a reservation that was too large comes back. */
    public enum Refund {
        /** It does not. */
        NONE,
        /** It does, as far as time has not given it back already. */
        SAFE
    }

    /** When a call is counted. */
    public enum Counted {
        /** When it is admitted, by what was asked for. */
        ADMISSION,
        /** When it ends, by what it used; until then the estimate is held. */
        COMPLETION
    }

    /**
     * The cautious limit: a sliding window, {@link #STANDARD_ARRIVAL_JITTER}, safe refund, counted at admission.
     *
     * @throws IllegalArgumentException if the amount or the window is out of its range
     */
    public static RateLimit of(long amount, Duration window) {
        Duration jitter = standardJitter(window);
        return new RateLimit(amount, window, Mode.SLIDING_WINDOW, amount, jitter, Refund.SAFE, Counted.ADMISSION);
    }

    /** {@link #of} with a window of a second. */
    public static RateLimit perSecond(long amount) {
        return of(amount, Duration.ofSeconds(1));
    }

    /** {@link #of} with a window of a minute. */
    public static RateLimit perMinute(long amount) {
        return of(amount, Duration.ofMinutes(1));
    }

    /** {@link #of} with a window of a day. */
    public static RateLimit perDay(long amount) {
        return of(amount, Ranges.DAY);
    }

    /**
     * {@link #of} the rate that a text tells, for example {@code 500/min}, {@code 200k/min}, {@code 1.5M/day}, {@code
     * 60/10s} or {@code 100 per minute}.
     *
     * @throws IllegalArgumentException if it is no rate, or out of range
     */
    public static RateLimit parse(String text) {
        Rate rate;
        try {
            rate = Rate.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the rate is " + Shown.text(text) + ", expected " + e.getMessage(), e);
        }
        return of(rate.amount(), rate.window());
    }

    /** The same rate with another burst; see there for what it means. */
    public RateLimit withBurst(long burst) {
        return new RateLimit(amount, window, mode, burst, arrivalJitter, refund, counted);
    }

    /** The same rate with another mode; the burst is the amount again. */
    public RateLimit withMode(Mode mode) {
        return new RateLimit(amount, window, mode, amount, arrivalJitter, refund, counted);
    }

    /** The same rate as a token bucket that holds {@code burst}, 1 to the amount. */
    public RateLimit asBucket(long burst) {
        return new RateLimit(amount, window, Mode.BUCKET, burst, arrivalJitter, refund, counted);
    }

    /** The same rate as a token bucket that holds the whole amount. */
    public RateLimit asBucket() {
        return asBucket(amount);
    }

    public RateLimit withArrivalJitter(Duration arrivalJitter) {
        return new RateLimit(amount, window, mode, burst, arrivalJitter, refund, counted);
    }

    public RateLimit withRefund(Refund refund) {
        return new RateLimit(amount, window, mode, burst, arrivalJitter, refund, counted);
    }

    public RateLimit withCounted(Counted counted) {
        return new RateLimit(amount, window, mode, burst, arrivalJitter, refund, counted);
    }

    Rate rate() {
        return new Rate(amount, window);
    }

    static Duration standardJitter(Duration window) {
        Duration longest = RateRules.longestJitter(window);
        return longest.compareTo(STANDARD_ARRIVAL_JITTER) < 0 ? longest : STANDARD_ARRIVAL_JITTER;
    }
}
