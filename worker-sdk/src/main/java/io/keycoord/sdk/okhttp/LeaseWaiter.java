package io.keycoord.sdk.okhttp;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Granted;
import io.keycoord.Acquisition.Reason;
import io.keycoord.CoordinatorException;
import io.keycoord.CoordinatorInterruptedException;
import io.keycoord.KeyCoordinator;
import io.keycoord.KeyUnavailableException;
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
    private boolean leavingTime;

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

    /** Whether half of the time that the call has left, if it has a timeout, is for another pool. */
    void leaveTime(boolean other) {
        leavingTime = other;
    }

    /** A try with a lease that may be used at once; waits for one as long as the call may. */
    Attempt attempt(Destination destination, LeaseRequest request) throws IOException {
        return new Attempt(this, destination, request, acquire(request));
    }

    /**
     * A try with a lease that is free now, or none.
     *
     * @throws LeaseUnavailableException if the model rests
     */
    Optional<Attempt> attemptUnlessModelRests(Destination destination, LeaseRequest request) throws IOException {
        refuseIfCancelled();
        try {
            Acquisition answer = keys.tryAcquire(request);
            if (answer instanceof Denied denied && denied.reason() == Reason.ENDPOINT) {
                throw new LeaseUnavailableException(request.pool(), new KeyUnavailableException(denied));
            }
            return attempt(destination, request, answer);
        } catch (CoordinatorException e) {
            throw unavailable(request, e);
        }
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
    Optional<Attempt> attemptNow(Destination destination, LeaseRequest request) {
        try {
            return attempt(destination, request, keys.tryAcquire(request));
        } catch (CoordinatorException e) {
            return Optional.empty();
        }
    }

    private Optional<Attempt> attempt(Destination destination, LeaseRequest request, Acquisition answer) {
        return answer instanceof Granted granted
                ? fresh(granted.lease()).map(lease -> new Attempt(this, destination, request, lease))
                : Optional.empty();
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
        Duration mine = leavingTime ? left.dividedBy(2) : left;
        return mine.compareTo(LONGEST) > 0 ? LONGEST : mine;
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
