package io.keycoord.redis;

import java.time.Duration;

/** An instant of this worker's own clock, {@link System#nanoTime}. */
record Deadline(long nanos) {
    static Deadline after(Duration wait) {
        return new Deadline(System.nanoTime() + wait.toNanos());
    }

    /** Nanoseconds until then; zero if it has passed. */
    long left() {
        return left(nanos);
    }

    /** Nanoseconds until an instant of the same clock; zero if it has passed. */
    static long left(long untilNanos) {
        return Math.max(0, untilNanos - System.nanoTime());
    }
}
