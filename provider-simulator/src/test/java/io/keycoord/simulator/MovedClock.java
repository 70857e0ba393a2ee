package io.keycoord.simulator;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands until a test moves it. It begins on a full day of UTC. */
final class MovedClock implements NanoClock {

    static final long START = Duration.ofDays(20_000).toNanos();

    private final AtomicLong now = new AtomicLong(START);

    @Override
    public long nanos() {
        return now.get();
    }

    void move(Duration by) {
        now.addAndGet(by.toNanos());
    }
}
