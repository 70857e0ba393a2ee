package io.keycoord.simulator;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Nanoseconds since the epoch, never running backwards.
 *
 * <p>Limits are measured with it, and only limits: how long an answer takes is real time. Implementations are safe for
 * use by many threads.
 */
@FunctionalInterface
public interface NanoClock {

    /** Nanoseconds since 1970-01-01T00:00:00Z. */
    long nanos();

    /** Milliseconds since the epoch, rounded down. */
    default long millis() {
        return TimeUnit.NANOSECONDS.toMillis(nanos());
    }

    /** A clock that reads the wall once and then counts on, so that a step of the wall clock does not bend a limit. */
    static NanoClock system() {
        Instant wall = Instant.now();
        long origin = TimeUnit.SECONDS.toNanos(wall.getEpochSecond()) + wall.getNano() - System.nanoTime();
        return () -> origin + System.nanoTime();
    }
}
