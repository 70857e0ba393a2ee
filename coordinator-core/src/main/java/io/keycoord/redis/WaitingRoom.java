package io.keycoord.redis;

import io.keycoord.Acquisition;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where callers of this JVM wait for what no clock can tell: a slot that is given back, a probe that ends. First come
 * first served; only the first of them asks Redis, so Redis sees one waiter a worker however many threads and futures wait.
 *
 * <p>What it runs for others runs outside of its lock.
 */
final class WaitingRoom {

    /** Somebody who waits; {@code onTurn} runs once, when nobody is before any more. */
    static final class Place {
        private final Runnable onTurn;

        Place(Runnable onTurn) {
            this.onTurn = onTurn;
        }
    }

    private final Deque<Place> places = new ArrayDeque<>(); // guarded by this
    private final List<Runnable> watchers = new ArrayList<>(); // guarded by this
    private long changes; // guarded by this
    private Acquisition.@Nullable Denied denied; // guarded by this

    /** Takes the last place. Its turn is now, if nobody is before; else it comes in the thread of the last who leaves. */
    void enter(Place place) {
        boolean first;
        synchronized (this) {
            places.addLast(place);
            first = places.size() == 1;
        }
        if (first) {
            place.onTurn.run();
        }
    }

    /** Gives up a place, first or not; a second time does nothing. */
    void leave(Place place) {
        Place next = remove(place);
        if (next != null) {
            next.onTurn.run();
        }
    }

    /** Who has become the first, if it is another one. */
    private synchronized @Nullable Place remove(Place place) {
        boolean first = places.peekFirst() == place;
        return places.remove(place) && first ? places.peekFirst() : null;
    }

    /** What the first of those who wait was told last. */
    synchronized void denied(Acquisition.Denied why) {
        denied = why;
    }

    /** What to tell those whose time is over before it was their turn. */
    synchronized Acquisition.Denied lastDenial(String pool) {
        return denied != null
                ? denied
                : new Acquisition.Denied(pool, Acquisition.Reason.CONCURRENCY, Duration.ofMillis(10));
    }

    /** Whether somebody waits already, whom a newcomer must not overtake. */
    synchronized boolean isBusy() {
        return !places.isEmpty();
    }

    /** What {@link #watch} has to be given; read it before asking Redis, so that no change in between is missed. */
    synchronized long changes() {
        return changes;
    }

    /** Runs {@code onChange} once something has been given back since {@code seen}: now, if that is so already. */
    void watch(long seen, Runnable onChange) {
        synchronized (this) {
            if (changes == seen) {
                watchers.add(onChange);
                return;
            }
        }
        onChange.run();
    }

    synchronized void unwatch(Runnable onChange) {
        watchers.remove(onChange);
    }

    /** Waits until something was given back since {@code seen}, at most {@code nanos}. */
    void await(long seen, long nanos) throws InterruptedException {
        CountDownLatch changed = new CountDownLatch(1);
        Runnable onChange = changed::countDown;
        watch(seen, onChange);
        try {
            boolean ignored = changed.await(nanos, TimeUnit.NANOSECONDS);
        } finally {
            unwatch(onChange);
        }
    }

    /** Something was given back by this worker. */
    void signal() {
        List<Runnable> told;
        synchronized (this) {
            changes++;
            told = List.copyOf(watchers);
            watchers.clear();
        }
        told.forEach(Runnable::run);
    }
}
