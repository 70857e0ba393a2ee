package io.keycoord.console.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What was asked of the workers and what became of it, as they say. Safe for use by many threads. */
final class DemandLog {
    /** No answer was reported: still queued when the demo ended, or lost with its worker. */
    static final int OPEN = -1;

    /**
     * A request and what became of it. Times are microseconds since the start of the demand.
     *
     * @param worker who was asked
     * @param tokens prompt and maximum of the answer
     * @param status of the answer, 0 for none, {@link #OPEN} if nothing is known
     * @param sentMicros when it was sent, the last time; -1 if never
     */
    record Entry(int worker, long atMicros, long tokens, int status, long sentMicros, long endMicros) {
        boolean served() {
            return status == 200;
        }

        /** From sending to the end of the answer. */
        long takenMicros() {
            return Math.max(0, endMicros - sentMicros);
        }

        private Entry ended(WorkerLine.Done done) {
            return new Entry(worker, atMicros, tokens, done.status(), done.sentMicros(), done.endMicros());
        }
    }

    /** Counts for the live view. */
    record Counts(long asked, long served, long failed) {
        long open() {
            return asked - served - failed;
        }
    }

    private record Id(int worker, int number) {}

    private final Map<Id, Entry> entries = new HashMap<>(); // guarded by this
    private long served; // guarded by this
    private long failed; // guarded by this

    synchronized void asked(int worker, WorkerLine.Asked asked) {
        entries.put(new Id(worker, asked.number()), new Entry(worker, asked.atMicros(), asked.tokens(), OPEN, -1, -1));
    }

    synchronized void done(int worker, WorkerLine.Done done) {
        Entry entry = entries.computeIfPresent(new Id(worker, done.number()), (id, open) -> open.ended(done));
        if (entry == null) {
            throw new IllegalArgumentException("worker " + worker + " ended call " + done.number() + ", never asked");
        }
        if (entry.served()) {
            served++;
        } else {
            failed++;
        }
    }

    synchronized Counts counts() {
        return new Counts(entries.size(), served, failed);
    }

    /** All requests, in no order. */
    synchronized List<Entry> entries() {
        return new ArrayList<>(entries.values());
    }
}
