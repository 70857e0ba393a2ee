package io.keycoord.redis;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Pauses of somebody who waits for an event: 10 ms at first, each twice the last, up to 100 ms; give or take a half. */
final class Backoff {
    private static final long FIRST_NANOS = Duration.ofMillis(10).toNanos();
    private static final long LONGEST_NANOS = Duration.ofMillis(100).toNanos();

    private long pauseNanos = FIRST_NANOS;

    /** The next pause, in nanoseconds. */
    long next() {
        long pause = pauseNanos;
        pauseNanos = Math.min(2 * pause, LONGEST_NANOS);
        return pause / 2 + ThreadLocalRandom.current().nextLong(pause);
    }
}
