package io.keycoord.redis;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** This worker's estimate of the Redis server's clock, never ahead of it, from the replies it has seen. */
final class ServerClock {
    private static final long UNKNOWN = Long.MIN_VALUE;

    private final LongSupplier nanoTime;
    private final AtomicLong offsetMicros = new AtomicLong(UNKNOWN);

    ServerClock(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A reply that has just arrived carries the server's time, in microseconds. */
    void observe(long serverMicros) {
        offsetMicros.set(serverMicros - nanoTime.getAsLong() / 1000);
    }

    /** The server's time in microseconds; empty before the first reply. */
    String estimate() {
        long offset = offsetMicros.get();
        return offset == UNKNOWN ? "" : Long.toString(nanoTime.getAsLong() / 1000 + offset);
    }
}
