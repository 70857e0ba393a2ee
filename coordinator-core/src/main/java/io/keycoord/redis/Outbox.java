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

/** Settlements of one pool that Redis has not taken yet, or of which there is no copy. Safe for use by many threads. */
final class Outbox {
    private static final Logger log = LoggerFactory.getLogger(Outbox.class);
    static final int MOST = 10_000;

    /** After {@code untilNanos} its lease has been reaped. */
    private record Pending(List<String> args, long untilNanos) {}

    private final String pool;
    private final long lifeNanos;
    private final LongSupplier nanoTime;
    private final Deque<Pending> waiting = new ArrayDeque<>(); // guarded by itself, as the three below

    /** Taken by Redis, but it might forget them. */
    private final Deque<Pending> uncopied = new ArrayDeque<>();

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

    /** Keeps a settlement that Redis has taken without a copy, as {@link #keep}; the oldest gives way silently. */
    void keepForACopy(List<String> args) {
        keepForACopy(new Pending(args, nanoTime.getAsLong() + lifeNanos));
    }

    private void keepForACopy(Pending pending) {
        synchronized (waiting) {
            if (uncopied.size() >= MOST) {
                uncopied.removeFirst();
            }
            uncopied.addLast(pending);
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
                if (scripts.run(Script.SETTLE, meta, pending.args).doubt().isPresent()) {
                    keepForACopy(pending);
                }
            } catch (StoreUnavailableException e) {
                if (e.trouble() != Trouble.DAMAGED) {
                    putBack(waiting, pending);
                    throw e;
                }
                giveUp(e);
            }
        }
    }

    /**
     * Sends again what Redis has taken without a copy, until one has none again: a server that has forgotten it meanwhile takes it
     * anew, to all others it is a duplicate.
     *
     * @throws StoreUnavailableException as {@link #flush} does
     */
    void repeat(ScriptRunner scripts, String meta) {
        for (Pending pending = nextUncopied(); pending != null; pending = nextUncopied()) {
            try {
                if (scripts.run(Script.SETTLE, meta, pending.args).doubt().isPresent()) {
                    putBack(uncopied, pending);
                    return;
                }
            } catch (StoreUnavailableException e) {
                if (e.trouble() != Trouble.DAMAGED) {
                    putBack(uncopied, pending);
                    throw e;
                }
                giveUp(e);
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

    private @Nullable Pending nextUncopied() {
        synchronized (waiting) {
            Pending pending = uncopied.pollFirst();
            while (pending != null && pending.untilNanos - nanoTime.getAsLong() < 0) {
                pending = uncopied.pollFirst();
            }
            return pending;
        }
    }

    private void putBack(Deque<Pending> queue, Pending pending) {
        synchronized (waiting) {
            queue.addFirst(pending);
        }
    }

    private void giveUp(StoreUnavailableException why) {
        log.error("pool {}: a settlement is given up, its charge stays: {}", pool, why.getMessage());
        synchronized (waiting) {
            dropped++;
        }
    }

    /** How many Redis has not taken yet. */
    int size() {
        synchronized (waiting) {
            return waiting.size();
        }
    }

    /** How many Redis has taken and there is no copy of. */
    int uncopied() {
        synchronized (waiting) {
            return uncopied.size();
        }
    }

    /** How many were given up, or had become too old. */
    long dropped() {
        synchronized (waiting) {
            return dropped;
        }
    }
}
