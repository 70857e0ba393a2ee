package io.keycoord.redis;

import io.keycoord.Acquisition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where callers of this JVM wait for what no clock can tell: a slot that is given back, a probe that ends. First come
 * first served; only the first of them asks Redis, and Redis, which then knows of it, calls it when there is something for
 * it. So Redis sees one waiter a worker however many threads and futures wait.
 *
 * <p>What it runs for others runs outside of its lock.
 */
final class WaitingRoom {

    /** Redis and the messages from it. */
    interface Outside {
        /** Somebody is about to wait. */
        void entered();

        /** Whether whoever is called hears of it. */
        boolean calls();

        /** Nobody waits any more in a room of which Redis believes so. */
        void left(WaitingRoom room);
    }

    /**
     * Somebody who waits, since {@code ticket}, and came as the {@code arrival}-th; {@code onTurn} runs once, when nobody is
     * before any more.
     */
    static final class Place {
        private final String ticket;
        private final long arrival;
        private final Runnable onTurn;

        Place(String ticket, long arrival, Runnable onTurn) {
            this.ticket = ticket;
            this.arrival = arrival;
            this.onTurn = onTurn;
        }
    }

    private final String name;
    private final Outside outside;
    private final List<Place> places = new ArrayList<>(); // guarded by this
    private long arrivals; // guarded by this
    private final List<Runnable> watchers = new ArrayList<>(); // guarded by this
    private long changes; // guarded by this
    private Acquisition.@Nullable Denied denied; // guarded by this

    /** Whether Redis knows that somebody waits here. */
    private boolean known; // guarded by this

    /** Whether Redis has ever known of somebody. */
    private boolean wasKnown; // guarded by this

    /** What the last first had seen when it asked and left its place in Redis to the next. */
    private OptionalLong handedOver = OptionalLong.empty(); // guarded by this

    /** {@code name} is unique in this worker and pool. */
    WaitingRoom(String name, Outside outside) {
        this.name = name;
        this.outside = outside;
    }

    String name() {
        return name;
    }

    /** Somebody comes, who perhaps asks before it waits: its arrival, which keeps its place before those who come later. */
    synchronized long arrive() {
        return ++arrivals;
    }

    /**
     * Takes a place behind those who came before, and behind the first, whose turn it is. Its turn is now, if nobody is
     * before; else it comes in the thread of the last who leaves.
     */
    void enter(Place place) {
        boolean first;
        synchronized (this) {
            int at = places.size();
            while (at > 1 && places.get(at - 1).arrival > place.arrival) {
                at--;
            }
            places.add(at, place);
            first = at == 0;
        }
        outside.entered();
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
        vacate();
    }

    /** Who has become the first, if it is another one. What the last one has seen is not what the next one has. */
    private synchronized @Nullable Place remove(Place place) {
        boolean first = !places.isEmpty() && places.get(0) == place;
        if (!places.remove(place) || !first) {
            return null;
        }
        if (handedOver.isEmpty()) {
            changes++;
        }
        return places.isEmpty() ? null : places.get(0);
    }

    /** If nobody waits, Redis is told so. */
    void vacate() {
        synchronized (this) {
            if (!known || !places.isEmpty()) {
                return;
            }
            known = false;
            handedOver = OptionalLong.empty();
        }
        outside.left(this);
    }

    /** Redis knows of somebody who had gone before it said so. */
    void gone() {
        synchronized (this) {
            know(true);
        }
        vacate();
    }

    private synchronized void know(boolean now) {
        known = now;
        wasKnown |= now;
    }

    /** At the end of this worker: whether Redis may know of somebody, for who has just left has perhaps not told it yet. */
    synchronized boolean forget() {
        known = false;
        handedOver = OptionalLong.empty();
        return wasKnown;
    }

    /** How somebody asks who has no place. */
    Standing newcomer() {
        return new Standing("", name, "");
    }

    /** How the first asks. */
    synchronized Standing standing(Place place) {
        boolean first = !places.isEmpty() && places.get(0) == place;
        return new Standing(place.ticket, name, first && places.size() > 1 ? places.get(1).ticket : "");
    }

    /** What somebody was told who asked so, having {@code seen} that much. */
    synchronized void answered(Standing how, long seen, Attempt attempt) {
        boolean wasNewcomer = how.ticket().isEmpty();
        if (attempt.denied() != null && attempt.denied().reason() == Acquisition.Reason.CLOSED) {
            return; // Redis was not asked.
        }
        if (attempt.denied() != null) {
            denied = attempt.denied();
            know(attempt.registered() || (wasNewcomer && known));
        } else if (!wasNewcomer && attempt.lease() != null) {
            know(how.handsOver());
            handedOver = known ? OptionalLong.of(seen) : OptionalLong.empty();
        }
    }

    /** For the first: if Redis knows of it already, what is to be given to {@link #watch}; else it has to ask. */
    synchronized OptionalLong handedOver() {
        OptionalLong seen = handedOver;
        handedOver = OptionalLong.empty();
        return seen;
    }

    /** Whether the first need not ask, for it will be called. */
    boolean isCalled() {
        synchronized (this) {
            if (!known) {
                return false;
            }
        }
        return outside.calls();
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

    /** Something was given back, or the first has been called. */
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
