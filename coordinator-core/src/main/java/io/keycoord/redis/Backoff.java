package io.keycoord.redis;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Pauses of somebody who waits for an event, give or take a half: 10 ms at first, each twice the last, up to 100 ms. Who will
 * be called asks all the same now and then, in case a message is lost: about once a second.
 */
final class Backoff {
    private static final long FIRST_NANOS = Duration.ofMillis(10).toNanos();
    private static final long LONGEST_NANOS = Duration.ofMillis(100).toNanos();

    /** Redis forgets who has not asked for three seconds. */
    private static final long CALLED_NANOS = Duration.ofSeconds(1).toNanos();

    private long pauseNanos = FIRST_NANOS;

    /** The next pause, in nanoseconds. */
    long next(boolean called) {
        if (called) {
            return jittered(CALLED_NANOS);
        }
        long pause = pauseNanos;
        pauseNanos = Math.min(2 * pause, LONGEST_NANOS);
        return jittered(pause);
    }

    private static long jittered(long pause) {
        return pause / 2 + ThreadLocalRandom.current().nextLong(pause);
    }
}
