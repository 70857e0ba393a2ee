package io.keycoord.redis;

import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** An acquire that holds no thread while it waits. A future that is cancelled gives back what it holds. */
final class AsyncAcquisition {
    private final RedisKeyCoordinator coordinator;
    private final PoolSession pool;
    private final LeaseRequest request;
    private final long deadline;
    private final ScheduledExecutorService scheduler;
    private final CompletableFuture<Lease> future = new CompletableFuture<>();

    AsyncAcquisition(
            RedisKeyCoordinator coordinator,
            PoolSession pool,
            LeaseRequest request,
            long deadline,
            ScheduledExecutorService scheduler) {
        this.coordinator = coordinator;
        this.pool = pool;
        this.request = request;
        this.deadline = deadline;
        this.scheduler = scheduler;
    }

    CompletableFuture<Lease> start() {
        later(0, this::attempt);
        return future;
    }

    private void later(long nanos, Runnable step) {
        try {
            var unused = scheduler.schedule(() -> guarded(step), nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            future.completeExceptionally(e);
        }
    }

    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            future.completeExceptionally(e);
        }
    }

    private void attempt() {
        if (future.isDone()) {
            return;
        }
        Attempt attempt = coordinator.attempt(pool, request, coordinator.left(deadline));
        if (attempt.lease() != null) {
            awaitStart(attempt.lease(), attempt.startNanos());
        } else if (attempt.denied() != null) {
            long pause = coordinator.retryPause(attempt.denied(), deadline);
            if (pause < 0) {
                future.completeExceptionally(new KeyUnavailableException(attempt.denied()));
            } else {
                later(pause, this::attempt);
            }
        }
    }

    /** From here on the lease is the future's: whoever cancels it before the start ends the lease. */
    private void awaitStart(RedisLease lease, long startNanos) {
        var unused = future.whenComplete((given, failure) -> {
            if (given != lease) {
                lease.settle(Outcome.unused());
            }
        });
        later(coordinator.left(startNanos), () -> {
            if (future.isDone()) {
                return;
            }
            Optional<Lease> usable = coordinator.usable(lease);
            if (usable.isPresent()) {
                future.complete(usable.get());
            } else {
                attempt();
            }
        });
    }
}
