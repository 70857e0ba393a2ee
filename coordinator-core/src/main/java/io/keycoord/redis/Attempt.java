package io.keycoord.redis;

import io.keycoord.Acquisition;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One answer of Redis to an acquire: a lease that starts at {@code startNanos} of this worker's clock, or a denial.
 *
 * @param lease null for a denial
 * @param startNanos when the lease may be used
 * @param denied null for a lease
 */
record Attempt(@Nullable RedisLease lease, long startNanos, Acquisition.@Nullable Denied denied) {

    static Attempt granted(RedisLease lease, long startNanos) {
        return new Attempt(lease, startNanos, null);
    }

    static Attempt denied(String pool, Acquisition.Reason reason, Duration retryAfter) {
        return new Attempt(null, 0, new Acquisition.Denied(pool, reason, retryAfter));
    }

    /** What a caller is told that does not wait. */
    Acquisition acquisition() {
        return lease != null ? new Acquisition.Granted(lease) : Objects.requireNonNull(denied);
    }

    /** Whether only an event can help, such as a lease that ends; the hint is then no more than a guess. */
    boolean waitsForEvent() {
        return denied != null && denied.reason() == Acquisition.Reason.CONCURRENCY;
    }
}
