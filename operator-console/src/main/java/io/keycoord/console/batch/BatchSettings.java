package io.keycoord.console.batch;

import java.time.Duration;

/**
 * How a batch runs.
 *
 * @param workers worker JVMs, 1 to 256
 * @param maxConcurrent calls at the same time in all workers together, 1 to 100,000
 * @param deadline how long a line is tried, from its first call on
 * @param retryDelay how long a failed line rests
 * @param grace how long calls in flight may go on after a stop
 */
public record BatchSettings(int workers, int maxConcurrent, Duration deadline, RetryDelay retryDelay, Duration grace) {

    /** Calls at the same time for each worker, if the user does not say. */
    public static final int CONCURRENT_PER_WORKER = 8;

    public BatchSettings {
        requireWithin("workers", workers, 256);
        requireWithin("max-concurrent", maxConcurrent, 100_000);
        if (deadline.isNegative() || deadline.isZero() || deadline.compareTo(Duration.ofDays(7)) > 0) {
            throw new IllegalArgumentException(
                    "deadline is " + deadline + ", expected more than zero and at most 7 days");
        }
    }

    /** The usual rests and the usual ten seconds of grace. */
    public static BatchSettings of(int workers, int maxConcurrent, Duration deadline) {
        return new BatchSettings(workers, maxConcurrent, deadline, RetryDelay.STANDARD, Duration.ofSeconds(10));
    }

    private static void requireWithin(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", expected 1 to " + max);
        }
    }
}
