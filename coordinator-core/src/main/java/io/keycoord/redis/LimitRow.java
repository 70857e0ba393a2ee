package io.keycoord.redis;

import io.keycoord.Dimension;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Rate limits as the scripts read them; {@code lua/lib/limit.lua} names the words.
 *
 * <p>Between its grant and its arrival at the provider a request may be late by the arrival jitter d, so that two that
 * were granted apart may arrive together. What is granted is less by that: a bucket of burst B and rate r becomes one of
 * B - r*d; a window W becomes W + d; the last d of a fixed window counts for the next one as well.
 */
final class LimitRow {
    private static final Duration COARSE = Duration.ofDays(1);
    /** Share of a sliding window's tokens that may be used at once; the rest flows at a steady rate. */
    private static final double BURST_SHARE = 0.05;

    private static final Duration LONGEST_DIVIDED = Duration.ofMinutes(10);

    /** The most that all shares are of anything, in millionths. */
    private static final long MOST_SHARED = 800_000;

    private LimitRow() {}

    /**
     * The rows of a set of limits, requests first. Of each dimension the shortest window bears its name, others add
     * theirs, as {@code requests_86400s}: a name is what state is kept under when limits change.
     */
    static String of(LimitConfig limits) {
        return of(limits, LimitConfig.NONE);
    }

    /** The rows of limits, and of others that hold besides; where there are both, names of those begin with {@code overall_}. */
    static String of(LimitConfig limits, LimitConfig overall) {
        String prefix = limits.rates().isEmpty() ? "" : "overall_";
        List<String> rows = new ArrayList<>();
        limits.rates().forEach((dimension, rates) -> add(rows, "", dimension, rates));
        overall.rates().forEach((dimension, rates) -> add(rows, prefix, dimension, rates));
        return String.join(",", rows);
    }

    private static void add(List<String> rows, String prefix, Dimension dimension, List<RateLimit> limits) {
        for (int i = 0; i < limits.size(); i++) {
            RateLimit limit = limits.get(i);
            String window = i == 0 ? "" : "_" + window(limit.window());
            rows.add(row(prefix + dimension.stored() + window, dimension, limit));
        }
    }

    private static String window(Duration window) {
        return window.toMillis() % 1_000 == 0 ? window.toSeconds() + "s" : window.toMillis() + "ms";
    }

    /**
     * Whether workers that are cut off have shares of it, as {@code lua/lib/limit.lua} withholds them: not of what counts for longer
     * than {@link #LONGEST_DIVIDED}, nor of a bucket of which less than a single unit would be left for the others.
     */
    static boolean isDivided(Dimension dimension, RateLimit limit) {
        Shape shape = shape(dimension, limit);
        long least = Math.max(1, shape.limit - ceilDiv(Math.multiplyExact(shape.limit, MOST_SHARED), 1_000_000));
        boolean tooLittle = shape.mode.equals("bucket") && ceilDiv(shape.period, least) > shape.tolerance;
        return limit.window().compareTo(LONGEST_DIVIDED) <= 0 && !tooLittle;
    }

    private static long unit(RateLimit limit) {
        return limit.window().compareTo(COARSE) >= 0 ? 1000 : 1;
    }

    private static long jitter(RateLimit limit) {
        return ceilDiv(limit.arrivalJitter().toNanos() / 1000, unit(limit));
    }

    private static Shape shape(Dimension dimension, RateLimit limit) {
        long window = limit.window().toNanos() / 1000 / unit(limit);
        long jitter = jitter(limit);
        boolean requests = dimension == Dimension.REQUESTS;
        return switch (limit.mode()) {
            case BUCKET -> bucket(limit, window, jitter, requests);
            case SLIDING_WINDOW ->
                requests
                        ? new Shape("ring", limit.amount(), window + jitter, 0)
                        : slidingTokens(limit, window + jitter);
            case FIXED_WINDOW -> new Shape("fixed", limit.amount(), window, 0);
            case FIXED_PACIFIC_DAY -> new Shape("pacific", limit.amount(), window, 0);
            case FIXED_MONTH -> new Shape("month", limit.amount(), window, 0);
        };
    }

    private static String row(String name, Dimension dimension, RateLimit limit) {
        Shape shape = shape(dimension, limit);
        return String.join(
                " ",
                name,
                dimension.stored(),
                shape.mode,
                Long.toString(shape.limit),
                Long.toString(shape.period),
                Long.toString(shape.tolerance),
                Long.toString(unit(limit)),
                limit.refund() == RateLimit.Refund.SAFE ? "1" : "0",
                limit.counted() == RateLimit.Counted.COMPLETION ? "1" : "0",
                Long.toString(jitter(limit)));
    }

    private record Shape(String mode, long limit, long period, long tolerance) {}

    /** Where less than one request is left of the burst, single requests are spaced by their interval and the jitter. */
    private static Shape bucket(RateLimit limit, long window, long jitter, boolean requests) {
        long burst = limit.burst() - ceilDiv(Math.multiplyExact(limit.amount(), jitter), window);
        if (burst >= 1) {
            return new Shape("bucket", limit.amount(), window, increment(burst, window, limit.amount()));
        }
        if (!requests) {
            throw new IllegalArgumentException(
                    "arrivalJitter is " + limit.arrivalJitter() + ", which uses up the burst of " + limit.burst());
        }
        long interval = ceilDiv(window, limit.amount()) + jitter;
        return new Shape("bucket", 1, interval, interval);
    }

    /** A bucket of b and a steady rate of (amount - b) per window: never above the amount in any window. */
    private static Shape slidingTokens(RateLimit limit, long period) {
        if (limit.amount() < 2) {
            throw new IllegalArgumentException(
                    "a sliding window of what calls use holds " + limit.amount() + ", expected at least 2");
        }
        long burst =
                limit.burst() < limit.amount() ? limit.burst() : Math.max(1, (long) (limit.amount() * BURST_SHARE));
        long rate = limit.amount() - burst;
        return new Shape("bucket", rate, period, increment(burst, period, rate));
    }

    private static long increment(long cost, long period, long limit) {
        return ceilDiv(Math.multiplyExact(cost, period), limit);
    }

    private static long ceilDiv(long dividend, long divisor) {
        return Math.floorDiv(dividend + divisor - 1, divisor);
    }
}
