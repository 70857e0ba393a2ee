package io.keycoord.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The scripted faults, in the order they were scripted; the first that fits fires. Safe for use by many threads. */
final class FaultBoard {

    /** A scripted fault that is not over: its id, and how often it may still fire, -1 without end. */
    record Scripted(String id, Fault fault, long fired, long callsLeft) {}

    private static final class Active {

        final String id;
        final Fault fault;
        final long fromNanos;
        final long toNanos;
        long fired;

        Active(String id, Fault fault, long now) {
            this.id = id;
            this.fault = fault;
            fromNanos = now + fault.starts().toNanos();
            toNanos = fault.lasts().map(span -> fromNanos + span.toNanos()).orElse(Long.MAX_VALUE);
        }

        long callsLeft() {
            return fault.calls().isEmpty() ? -1 : fault.calls().getAsInt() - fired;
        }

        boolean over(long now) {
            return now >= toNanos || callsLeft() == 0;
        }

        boolean meets(KnownKey key, long now) {
            return now >= fromNanos
                    && switch (fault.scope()) {
                        case ALL -> true;
                        case ACCOUNT -> fault.target().equals(key.account());
                        case KEY -> fault.target().equals(key.id());
                    };
        }
    }

    private final NanoClock clock;
    private final List<Active> faults = new ArrayList<>(); // guarded by this
    private long scripted; // guarded by this

    FaultBoard(NanoClock clock) {
        this.clock = clock;
    }

    /** Adds a fault and returns its id. */
    synchronized String script(Fault fault) {
        String id = "fault-" + ++scripted;
        faults.add(new Active(id, fault, clock.nanos()));
        return id;
    }

    /** The fault that meets a call of this key now, which thereby has fired once. */
    synchronized Optional<Fault> fire(KnownKey key, Predicate<FaultKind> kinds) {
        Optional<Active> first = first(key, kinds);
        first.ifPresent(active -> active.fired++);
        return first.map(active -> active.fault);
    }

    /** Whether such a fault would meet a call of this key now; nothing fires. */
    synchronized boolean meets(KnownKey key, Predicate<FaultKind> kinds) {
        return first(key, kinds).isPresent();
    }

    /** Removes the faults that fit and tells how many were still to fire. */
    synchronized int clear(Predicate<Scripted> which) {
        dropOver();
        int before = faults.size();
        faults.removeIf(active -> which.test(shown(active)));
        return before - faults.size();
    }

    synchronized List<Scripted> list() {
        dropOver();
        return faults.stream().map(FaultBoard::shown).toList();
    }

    private Optional<Active> first(KnownKey key, Predicate<FaultKind> kinds) {
        dropOver();
        long now = clock.nanos();
        return faults.stream()
                .filter(active -> kinds.test(active.fault.kind()) && active.meets(key, now))
                .findFirst();
    }

    private void dropOver() {
        long now = clock.nanos();
        faults.removeIf(active -> active.over(now));
    }

    private static Scripted shown(Active active) {
        return new Scripted(active.id, active.fault, active.fired, active.callsLeft());
    }
}
