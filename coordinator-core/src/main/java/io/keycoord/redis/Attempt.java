package io.keycoord.redis;

import io.keycoord.Acquisition;
import io.keycoord.Lease;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One answer of Redis to an acquire: a lease that starts at {@code startNanos} of this worker's clock, a lease that Redis
 * does not know of, or a denial.
 *
 * @param lease null for anything else
 * @param startNanos when the lease may be used
 * @param passed null for anything else
 * @param denied null for anything else
 * @param registered whether Redis knows that the caller waits, and will call it
 * @param leaves whether what the caller waits for may go to more important ones
 */
record Attempt(
        @Nullable RedisLease lease,
        long startNanos,
        @Nullable UncoordinatedLease passed,
        Acquisition.@Nullable Denied denied,
        boolean registered,
        boolean leaves) {

    static Attempt granted(RedisLease lease, long startNanos) {
        return new Attempt(lease, startNanos, null, null, false, false);
    }

    static Attempt passed(UncoordinatedLease lease) {
        return new Attempt(null, 0, lease, null, false, false);
    }

    static Attempt denied(String pool, Acquisition.Reason reason, Duration retryAfter) {
        return denied(pool, reason, retryAfter, false, false);
    }

    static Attempt denied(
            String pool, Acquisition.Reason reason, Duration retryAfter, boolean registered, boolean leaves) {
        return new Attempt(null, 0, null, new Acquisition.Denied(pool, reason, retryAfter), registered, leaves);
    }

    /**
     * This; but a denial, if the reply took so long that the lease starts beyond the time of its caller, and then the lease is
     * given back.
     */
    Attempt within(Deadline deadline) {
        boolean outlasts = startNanos - deadline.nanos() > Deadline.LAST_CALL_NANOS;
        if (lease == null || Deadline.left(startNanos) == 0 || !outlasts) {
            return this;
        }
        lease.giveBack();
        return denied(lease.pool(), Acquisition.Reason.RATE_LIMITED, Duration.ofNanos(Deadline.left(startNanos)));
    }

    /** What a caller is told that does not wait. */
    Acquisition acquisition() {
        Lease given = lease != null ? lease : passed;
        return given != null ? new Acquisition.Granted(given) : Objects.requireNonNull(denied);
    }

    /**
     * Whether it is worth a place in a waiting room: slots and budgets are asked for by one caller of a worker at a time, and so is
     * what nobody may reserve because it is left to more important calls.
     */
    boolean waitsInRoom() {
        return denied != null
                && (registered || denied.reason() == Acquisition.Reason.CONCURRENCY || isTold(denied.reason()));
    }

    /** Whether the hint tells when there is something again. */
    private boolean isTold(Acquisition.Reason reason) {
        boolean limited = reason == Acquisition.Reason.RATE_LIMITED || reason == Acquisition.Reason.SEARCH_LIMIT;
        return reason == Acquisition.Reason.BUDGET || (leaves && limited);
    }

    /** How long a denied caller rests before it asks again; negative if it asks in vain before its deadline. */
    long retryNanos(long left) {
        Acquisition.Denied why = Objects.requireNonNull(denied);
        boolean hopeless = why.reason().isFinal()
                || why.reason() == Acquisition.Reason.NO_KEY
                || why.reason() == Acquisition.Reason.SWITCHED_OFF;
        long rest = why.retryAfter().toNanos();
        return hopeless || rest >= left ? -1 : Math.max(1, rest);
    }

    /**
     * How long the first in a waiting room rests before it asks again.
     *
     * @param left until its deadline
     * @param pause for an event, whose hint is no more than a guess
     * @return nanoseconds; negative if it asks in vain before its deadline
     */
    long restNanos(long left, long pause) {
        long rest = Math.min(pause, left);
        if (denied != null && isTold(denied.reason())) {
            rest = Math.max(1, denied.retryAfter().toNanos());
        }
        return left == 0 || rest > left ? -1 : rest;
    }
}
