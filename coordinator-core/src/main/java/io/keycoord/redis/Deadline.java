package io.keycoord.redis;

import java.time.Duration;

/** An instant of this worker's own clock, {@link System#nanoTime}. */
record Deadline(long nanos) {
    /** What one call of Redis is given in any case: who asks once more at the end of its time is to have an answer. */
    static final long LAST_CALL_NANOS = Duration.ofMillis(5).toNanos();

    static Deadline after(Duration wait) {
        return new Deadline(System.nanoTime() + wait.toNanos());
    }

    /** Nanoseconds until then; zero if it has passed. */
    long left() {
        return left(nanos);
    }

    /** Until when a call of Redis is waited for. */
    Deadline ofCall() {
        return left() >= LAST_CALL_NANOS ? this : new Deadline(System.nanoTime() + LAST_CALL_NANOS);
    }

    /** Nanoseconds until an instant of the same clock; zero if it has passed. */
    static long left(long untilNanos) {
        return Math.max(0, untilNanos - System.nanoTime());
    }
}
