package io.keycoord.console.batch;

import io.keycoord.Acquisition;
import io.keycoord.ApiSecret;
import io.keycoord.KeyCoordinator;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.PoolInfo;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A coordinator that lets the batch see which keys a call used and how its attempts ended. A lease belongs to the trace
 * of the thread that asks for it. Safe for use by many threads.
 */
final class TracedCoordinator implements KeyCoordinator {
    private final KeyCoordinator keys;
    private final ThreadLocal<CallTrace> current = ThreadLocal.withInitial(CallTrace::new);

    TracedCoordinator(KeyCoordinator keys) {
        this.keys = keys;
    }

    /** Begins the trace of the call that this thread is about to make. */
    CallTrace begin() {
        CallTrace trace = new CallTrace();
        current.set(trace);
        return trace;
    }

    @Override
    public Lease acquire(LeaseRequest request) {
        return new TracedLease(keys.acquire(request), current.get());
    }

    @Override
    public Acquisition tryAcquire(LeaseRequest request) {
        return traced(keys.tryAcquire(request));
    }

    @Override
    public List<Acquisition> tryAcquireAll(List<LeaseRequest> requests) {
        return keys.tryAcquireAll(requests).stream().map(this::traced).toList();
    }

    private Acquisition traced(Acquisition answer) {
        return answer instanceof Acquisition.Granted granted
                ? new Acquisition.Granted(new TracedLease(granted.lease(), current.get()))
                : answer;
    }

    @Override
    public CompletableFuture<Lease> acquireAsync(LeaseRequest request) {
        CallTrace trace = current.get();
        return new TracedFuture(keys.acquireAsync(request), trace);
    }

    @Override
    public PoolInfo pool(String id) {
        return keys.pool(id);
    }

    @Override
    public void close() {
        keys.close();
    }

    /** Cancelling it reaches the coordinator, which then takes the lease back. */
    private static final class TracedFuture extends CompletableFuture<Lease> {
        private final CompletableFuture<Lease> source;
        private final CompletableFuture<Lease> settled;

        TracedFuture(CompletableFuture<Lease> source, CallTrace trace) {
            this.source = source;
            this.settled = source.whenComplete((lease, failure) -> {
                if (failure != null) {
                    completeExceptionally(
                            failure instanceof CompletionException e && e.getCause() != null ? e.getCause() : failure);
                } else if (!complete(new TracedLease(lease, trace))) {
                    lease.close();
                }
            });
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean cancelled = super.cancel(mayInterruptIfRunning);
            source.cancel(mayInterruptIfRunning);
            settled.cancel(mayInterruptIfRunning);
            return cancelled;
        }
    }

    private static final class TracedLease implements Lease {
        private final Lease lease;
        private final CallTrace trace;
        private final AtomicBoolean read = new AtomicBoolean();
        private final AtomicBoolean settled = new AtomicBoolean();

        TracedLease(Lease lease, CallTrace trace) {
            this.lease = lease;
            this.trace = trace;
        }

        @Override
        public ApiSecret secret() {
            if (read.compareAndSet(false, true)) {
                trace.onSecretRead(lease.keyId());
            }
            return lease.secret();
        }

        @Override
        public void settle(Outcome outcome) {
            if (settled.compareAndSet(false, true)) {
                trace.onSettled(outcome);
            }
            lease.settle(outcome);
        }

        @Override
        public void close() {
            lease.close();
        }

        @Override
        public String id() {
            return lease.id();
        }

        @Override
        public String pool() {
            return lease.pool();
        }

        @Override
        public String keyId() {
            return lease.keyId();
        }

        @Override
        public String accountId() {
            return lease.accountId();
        }

        @Override
        public Instant expiresAt() {
            return lease.expiresAt();
        }

        @Override
        public boolean isProbe() {
            return lease.isProbe();
        }

        @Override
        public boolean isUncoordinated() {
            return lease.isUncoordinated();
        }

        @Override
        public boolean isLateToSend() {
            return lease.isLateToSend();
        }

        @Override
        public boolean renew() {
            return lease.renew();
        }
    }
}
