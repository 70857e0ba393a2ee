package io.keycoord.redis;

import io.keycoord.Acquisition;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** An acquire that holds no thread while it waits. A future that is cancelled gives back what it holds. */
final class AsyncAcquisition {
    private final LeaseRequest request;
    private final AsyncQueue queue;
    private final WaitingRoom room;
    private final Deadline deadline;
    private final CompletableFuture<Lease> future = new CompletableFuture<>();

    /** Its place among those who wait for an event; null if it does not. */
    private final AtomicReference<WaitingRoom.@Nullable Place> place = new AtomicReference<>();

    /** By the queue's one task at a time. */
    private final Backoff backoff = new Backoff();

    private volatile long seen;
    private volatile @Nullable Future<?> overtime;

    AsyncAcquisition(AsyncQueue queue, PoolSession pool, LeaseRequest request, Deadline deadline) {
        this.queue = queue;
        this.room = pool.room(request);
        this.request = request;
        this.deadline = deadline;
    }

    CompletableFuture<Lease> start() {
        queue.open(this);
        var unused = future.whenComplete((lease, failure) -> {
            leaveRoom();
            queue.closed(this);
        });
        if (room.isBusy()) {
            enterRoom();
        } else {
            ask();
        }
        return future;
    }

    private void ask() {
        seen = room.changes();
        queue.add(this);
    }

    boolean isDone() {
        return future.isDone();
    }

    Acquisitions.Want want() {
        return new Acquisitions.Want(request, deadline.left());
    }

    /** Those who wait for the future do so on threads of their own. */
    void failed(RuntimeException e) {
        ForkJoinPool.commonPool().execute(() -> future.completeExceptionally(e));
    }

    /** Redis has answered. */
    void answered(Attempt attempt) {
        if (attempt.lease() != null) {
            awaitStart(attempt.lease(), attempt.startNanos());
        } else if (attempt.denied() != null && attempt.waitsInRoom() && attempt.restNanos(deadline.left(), 1) > 0) {
            awaitInRoom(attempt, attempt.denied());
        } else if (attempt.passed() != null) {
            pass(attempt.passed());
        } else if (attempt.denied() != null) {
            leaveRoom();
            long pause = attempt.retryNanos(deadline.left());
            if (pause < 0) {
                failed(new KeyUnavailableException(attempt.denied()));
            } else {
                var unused = queue.later(pause, this::ask);
            }
        }
    }

    private void enterRoom() {
        WaitingRoom.Place mine = new WaitingRoom.Place(this::ask);
        place.set(mine);
        overtime = queue.later(
                deadline.left(), () -> failed(new KeyUnavailableException(room.lastDenial(request.pool()))));
        room.enter(mine);
        if (future.isDone()) {
            leaveRoom();
        }
    }

    private void leaveRoom() {
        WaitingRoom.Place mine = place.getAndSet(null);
        if (mine != null) {
            room.leave(mine);
        }
        Future<?> last = overtime;
        if (last != null) {
            last.cancel(false);
        }
    }

    /** As the first of those who wait, asks again when something has been given back, and after a rest. */
    private void awaitInRoom(Attempt attempt, Acquisition.Denied why) {
        room.denied(why);
        if (place.get() == null) {
            enterRoom();
            return;
        }
        AtomicBoolean once = new AtomicBoolean();
        Runnable again = () -> {
            if (once.compareAndSet(false, true)) {
                ask();
            }
        };
        room.watch(seen, again);
        long rest = attempt.restNanos(deadline.left(), backoff.next());
        var unused = queue.later(Math.max(0, rest), () -> {
            room.unwatch(again);
            again.run();
        });
    }

    /** From here on the lease is the future's: whoever cancels it before the start ends the lease. */
    private void awaitStart(RedisLease lease, long startNanos) {
        leaveRoom();
        var unused = future.whenComplete((given, failure) -> {
            if (given != lease) {
                queue.run(() -> lease.settle(Outcome.unused()));
            }
        });
        long wait = Deadline.left(startNanos);
        if (wait == 0) {
            give(lease);
        } else {
            var start = queue.later(wait, () -> give(lease));
            var unusedToo = future.whenComplete((given, failure) -> start.cancel(false));
        }
    }

    /** A lease that Redis does not know of, and that starts at once. */
    private void pass(UncoordinatedLease lease) {
        leaveRoom();
        var unused = future.whenComplete((given, failure) -> {
            if (given != lease) {
                lease.close();
            }
        });
        future.completeAsync(() -> lease);
    }

    /** A lease whose key is lost, or that is too late to be sent with, is asked for again. */
    private void give(RedisLease lease) {
        if (lease.isUsable()) {
            future.completeAsync(() -> lease);
        } else {
            queue.run(() -> lease.settle(Outcome.unused()));
            ask();
        }
    }
}
