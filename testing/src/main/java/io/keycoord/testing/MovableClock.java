package io.keycoord.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until a test moves it. Safe for use by many threads. */
public final class MovableClock implements InstantSource {
    private volatile Instant now;

    private MovableClock(Instant start) {
        this.now = start;
    }

    /** One that stands at the present instant. */
    public static MovableClock now() {
        return at(Instant.now());
    }

    /** One that stands at an instant. */
    public static MovableClock at(Instant start) {
        return new MovableClock(start);
    }

    /** Moves it on, or back if the duration is negative. */
    public synchronized void advance(Duration by) {
        now = now.plus(by);
    }

    @Override
    public Instant instant() {
        return now;
    }
}
