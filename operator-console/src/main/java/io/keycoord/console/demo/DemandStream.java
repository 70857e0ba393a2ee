package io.keycoord.console.demo;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * What one worker is asked to do: first as much at once as half a window's worth, then a steady stream above
 * what the limits admit. Most requests are small, some large. The same seed gives the same stream. For one thread.
 */
final class DemandStream {
    /** Demand after the first burst, as a multiple of what the limits admit. */
    static final double OVERLOAD = 1.4;

    private static final double SMALL = 0.80;
    private static final double MEDIUM = 0.15;
    private static final Size SMALL_SIZE = new Size(20, 80, 30, 150);
    private static final Size MEDIUM_SIZE = new Size(100, 300, 200, 500);
    private static final Size LARGE_SIZE = new Size(400, 800, 800, 1500);
    private static final double MEAN_TOKENS = 212;

    /**
     * A request to be made.
     *
     * @param number from 0, within its worker
     * @param offsetNanos when it is asked for, since the start
     * @param promptChars length of its prompt
     * @param maxTokens of its answer
     * @param stream whether the answer is streamed
     */
    record Item(int number, long offsetNanos, int promptChars, int maxTokens, boolean stream) {}

    private record Size(int leastChars, int mostChars, int leastTokens, int mostTokens) {}

    private final SplittableRandom random;
    private final double perSecond;
    private final int burst;
    private int number;
    private double offsetSeconds;

    /**
     * Starts a stream.
     *
     * @param worker from 0
     * @param workers among whom demand is divided
     * @param tokensPerSecond what all accounts admit
     * @param window of the limits
     */
    DemandStream(long seed, int worker, int workers, double tokensPerSecond, Duration window) {
        this.random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + worker);
        double callsPerSecond = tokensPerSecond / MEAN_TOKENS / workers;
        this.perSecond = OVERLOAD * callsPerSecond;
        this.burst = (int) Math.round(callsPerSecond * window.toMillis() / 2000);
    }

    Item next() {
        if (number >= burst) {
            offsetSeconds -= Math.log(1 - random.nextDouble()) / perSecond;
        }
        double kind = random.nextDouble();
        Size size = kind < SMALL ? SMALL_SIZE : kind < SMALL + MEDIUM ? MEDIUM_SIZE : LARGE_SIZE;
        return new Item(
                number++,
                (long) (offsetSeconds * 1e9),
                random.nextInt(size.leastChars, size.mostChars + 1),
                random.nextInt(size.leastTokens, size.mostTokens + 1),
                random.nextInt(3) == 0);
    }
}
