package io.keycoord.redis;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/**
 * What one worker has seen of a pool's sequence, which only grows as long as Redis loses nothing, and what it was charged for
 * on the way. Safe for use by many threads.
 */
final class SequenceWatch {
    /** As in {@code lua/recover.lua}: the sequence goes on at the next multiple after a loss. */
    static final long EPOCH = 1_000_000_000_000L;

    /** So much others may have done between a loss and the first that noticed it. */
    private static final long SLACK = 1_000;

    /** No window that is emptied after a loss is longer. */
    private static final long REMEMBERED_NANOS = Duration.ofHours(1).toNanos();

    /** The highest sequence seen when a call was sent; of a pool that has begun again since, it says nothing. */
    record Mark(long generation, long sequence) {}

    private record Charge(long sequence, long atNanos) {}

    private final LongSupplier nanoTime;
    private final ConcurrentMap<String, Charge> charged = new ConcurrentHashMap<>();
    private volatile Mark seen = new Mark(0, 0); // written under this, as all below
    private long madeUp;
    private OptionalLong lost = OptionalLong.empty();
    private long lostEpoch;

    SequenceWatch(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** What is seen before a call. */
    Mark mark() {
        return seen;
    }

    /**
     * Takes note of the sequence in the reply to a call.
     *
     * @return whether it is the first to tell of a loss that is to be made up for
     */
    boolean tellsOfLoss(Mark before, long sequence) {
        Mark now = seen;
        boolean grows = sequence > now.sequence;
        boolean lower = sequence < before.sequence;
        boolean later = before.sequence > 0 && sequence / EPOCH > before.sequence / EPOCH;
        return (grows || lower || later) && notes(before, sequence, lower, lower || later);
    }

    private synchronized boolean notes(Mark before, long sequence, boolean lower, boolean tells) {
        if (before.generation != seen.generation) {
            return false;
        }
        if (sequence > seen.sequence) {
            seen = new Mark(seen.generation, sequence);
        }
        long epoch = lower ? before.sequence / EPOCH + 1 : sequence / EPOCH;
        if (!tells || epoch <= madeUp) {
            return false;
        }
        boolean first = lost.isEmpty();
        lost = OptionalLong.of(Math.min(lost.orElse(Long.MAX_VALUE), before.sequence));
        lostEpoch = Math.max(lostEpoch, epoch);
        return first;
    }

    /** The sequence up to which something was seen that is lost, until that is made up for. */
    synchronized OptionalLong lost() {
        return lost;
    }

    /** What was charged in it begins empty now. */
    synchronized void madeUp() {
        madeUp = lostEpoch;
        lost = OptionalLong.empty();
    }

    /** These have been charged by a call whose reply told this sequence. */
    void charged(List<String> owners, long sequence) {
        Charge charge = new Charge(sequence, nanoTime.getAsLong());
        owners.forEach(owner -> charged.put(owner, charge));
    }

    /** Who was charged after the state from which Redis went on, and within the last hour. */
    List<String> chargedAfter(long from) {
        long now = nanoTime.getAsLong();
        return charged.entrySet().stream()
                .filter(entry -> entry.getValue().sequence > from - SLACK)
                .filter(entry -> now - entry.getValue().atNanos <= REMEMBERED_NANOS)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The pool begins again, and its sequence with it. */
    synchronized void restart() {
        seen = new Mark(seen.generation + 1, 0);
        madeUp = 0;
        lostEpoch = 0;
        lost = OptionalLong.empty();
        charged.clear();
    }
}
