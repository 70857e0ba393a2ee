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
 */
record Attempt(
        @Nullable RedisLease lease,
        long startNanos,
        @Nullable UncoordinatedLease passed,
        Acquisition.@Nullable Denied denied) {

    static Attempt granted(RedisLease lease, long startNanos) {
        return new Attempt(lease, startNanos, null, null);
    }

    static Attempt passed(UncoordinatedLease lease) {
        return new Attempt(null, 0, lease, null);
    }

    static Attempt denied(String pool, Acquisition.Reason reason, Duration retryAfter) {
        return new Attempt(null, 0, null, new Acquisition.Denied(pool, reason, retryAfter));
    }

    /** What a caller is told that does not wait. */
    Acquisition acquisition() {
        Lease given = lease != null ? lease : passed;
        return given != null ? new Acquisition.Granted(given) : Objects.requireNonNull(denied);
    }

    /** Whether only an event can help, such as a lease that ends; the hint is then no more than a guess. */
    boolean waitsForEvent() {
        return denied != null && denied.reason() == Acquisition.Reason.CONCURRENCY;
    }
}
