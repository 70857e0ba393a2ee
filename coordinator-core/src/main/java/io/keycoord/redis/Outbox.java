package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Settlements of one pool that Redis has not taken yet. Safe for use by many threads. */
final class Outbox {
    private static final Logger log = LoggerFactory.getLogger(Outbox.class);
    static final int MOST = 10_000;

    /** After {@code untilNanos} its lease has been reaped. */
    private record Pending(List<String> args, long untilNanos) {}

    private final String pool;
    private final long lifeNanos;
    private final LongSupplier nanoTime;
    private final Deque<Pending> waiting = new ArrayDeque<>(); // guarded by itself, as the two below
    private long dropped;
    private boolean overflows;

    Outbox(String pool, long lifeNanos, LongSupplier nanoTime) {
        this.pool = pool;
        this.lifeNanos = lifeNanos;
        this.nanoTime = nanoTime;
    }

    /** Keeps a settlement to be repeated until its lease would have been reaped. The oldest gives way if too many wait. */
    void keep(List<String> args) {
        synchronized (waiting) {
            if (waiting.size() >= MOST) {
                waiting.removeFirst();
                dropped++;
                if (!overflows) {
                    log.warn("pool {}: {} settlements wait for Redis, the oldest are dropped", pool, MOST);
                }
                overflows = true;
            }
            waiting.addLast(new Pending(args, nanoTime.getAsLong() + lifeNanos));
        }
    }

    /**
     * Sends what waits, oldest first. What is damaged is given up, and does not stop the rest.
     *
     * @throws StoreUnavailableException if Redis does not take one; that and those behind it still wait
     */
    void flush(ScriptRunner scripts, String meta) {
        for (Pending pending = next(); pending != null; pending = next()) {
            try {
                scripts.run(Script.SETTLE, meta, pending.args);
            } catch (StoreUnavailableException e) {
                if (e.trouble() != Trouble.DAMAGED) {
                    putBack(pending);
                    throw e;
                }
                log.error("pool {}: a settlement is given up, its charge stays: {}", pool, e.getMessage());
                count();
            }
        }
    }

    private @Nullable Pending next() {
        synchronized (waiting) {
            Pending pending = waiting.pollFirst();
            while (pending != null && pending.untilNanos - nanoTime.getAsLong() < 0) {
                dropped++;
                pending = waiting.pollFirst();
            }
            overflows &= pending != null;
            return pending;
        }
    }

    private void putBack(Pending pending) {
        synchronized (waiting) {
            waiting.addFirst(pending);
        }
    }

    private void count() {
        synchronized (waiting) {
            dropped++;
        }
    }

    int size() {
        synchronized (waiting) {
            return waiting.size();
        }
    }

    /** How many were given up, or had become too old. */
    long dropped() {
        synchronized (waiting) {
            return dropped;
        }
    }
}
