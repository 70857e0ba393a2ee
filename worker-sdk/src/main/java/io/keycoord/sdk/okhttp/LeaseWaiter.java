package io.keycoord.sdk.okhttp;

import io.keycoord.Acquisition.Granted;
import io.keycoord.CoordinatorException;
import io.keycoord.CoordinatorInterruptedException;
import io.keycoord.KeyCoordinator;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.sdk.LeaseUnavailableException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;

/**
 * Waits on behalf of one call: never beyond its timeout, and not after it was cancelled. For one thread.
 */
final class LeaseWaiter {
    private static final long LOOK_MS = 25;
    private static final Duration LONGEST = Duration.ofDays(1);

    private final KeyCoordinator keys;
    private final Call call;
    private final Duration maxWait;
    private final long startNanos = System.nanoTime();

    /**
     * Starts the clock of a call.
     *
     * @param maxWait bounds each wait of a call that has no timeout
     */
    LeaseWaiter(KeyCoordinator keys, Call call, Duration maxWait) {
        this.keys = keys;
        this.call = call;
        this.maxWait = maxWait;
    }

    /** A try with a lease that may be used at once; waits for one as long as the call may. */
    Attempt attempt(LeaseRequest request) throws IOException {
        return new Attempt(this, request, acquire(request));
    }

    /** A lease that may be used at once; waits for one as long as the call may. */
    Lease acquire(LeaseRequest request) throws IOException {
        while (true) {
            Lease lease = await(request);
            if (!lease.isLateToSend()) {
                return lease;
            }
            lease.settle(Outcome.unused());
        }
    }

    /** On this thread, for then the coordinator keeps the order of those who wait. */
    private Lease await(LeaseRequest request) throws IOException {
        refuseIfCancelled();
        CancelWatch watch = new CancelWatch(call);
        try {
            Lease lease = keys.acquire(request.withMaxWait(patience()));
            if (!watch.end()) {
                return lease;
            }
            lease.settle(Outcome.unused());
            throw cancelled();
        } catch (CoordinatorException e) {
            throw watch.end() ? cancelled() : unavailable(request, e);
        } finally {
            watch.end();
        }
    }

    /** A try with a lease that is free now, or none. */
    Optional<Attempt> attemptNow(LeaseRequest request) {
        try {
            return keys.tryAcquire(request) instanceof Granted granted
                    ? fresh(granted.lease()).map(lease -> new Attempt(this, request, lease))
                    : Optional.empty();
        } catch (CoordinatorException e) {
            return Optional.empty();
        }
    }

    private static Optional<Lease> fresh(Lease lease) {
        if (lease.isLateToSend()) {
            lease.settle(Outcome.unused());
            return Optional.empty();
        }
        return Optional.of(lease);
    }

    /** How long this call may go on waiting from now, at most a day. */
    Duration patience() {
        long timeoutNanos = call.timeout().timeoutNanos();
        if (timeoutNanos == 0) {
            return maxWait;
        }
        Duration left = Duration.ofNanos(Math.max(0, timeoutNanos - (System.nanoTime() - startNanos)));
        return left.compareTo(LONGEST) > 0 ? LONGEST : left;
    }

    void pause(Duration pause) throws IOException {
        long endNanos = System.nanoTime() + pause.toNanos();
        for (long left = pause.toNanos(); left > 0; left = endNanos - System.nanoTime()) {
            refuseIfCancelled();
            try {
                TimeUnit.NANOSECONDS.sleep(Math.min(left, TimeUnit.MILLISECONDS.toNanos(LOOK_MS)));
            } catch (InterruptedException e) {
                throw interrupted();
            }
        }
    }

    private void refuseIfCancelled() throws IOException {
        if (call.isCanceled()) {
            throw cancelled();
        }
    }

    private static IOException cancelled() {
        return new IOException("Canceled");
    }

    private static IOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted while waiting for a lease");
    }

    private static IOException unavailable(LeaseRequest request, CoordinatorException e) {
        return e instanceof CoordinatorInterruptedException
                ? interrupted()
                : new LeaseUnavailableException(request.pool(), e);
    }
}
