package io.keycoord.redis;

import io.keycoord.Acquisition;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Priority;
import java.util.OptionalLong;
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

    /** Where this stood when it was asked last, and what the room had seen then. */
    private volatile Standing standing = Standing.NONE;

    private volatile long seen;

    /** The denial with which it enters the room: if it is the first there, it need not ask again. */
    private final AtomicReference<@Nullable Attempt> justDenied = new AtomicReference<>();

    private final PoolSession pool;
    private final String since;
    private final long arrival;

    /** The end of its time, unless it has a lease that starts before that. */
    private volatile Future<?> overtime = CompletableFuture.completedFuture(null);

    /** What it was told last. */
    private volatile Acquisition.@Nullable Denied denied;

    AsyncAcquisition(AsyncQueue queue, PoolSession pool, LeaseRequest request, Deadline deadline) {
        this.queue = queue;
        this.pool = pool;
        this.since = pool.clock.estimate();
        this.room = pool.room(request);
        this.arrival = room.arrive();
        this.request = request;
        this.deadline = deadline;
    }

    CompletableFuture<Lease> start() {
        queue.open(this);
        limit();
        var unused = future.whenComplete((lease, failure) -> {
            overtime.cancel(false);
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

    private void limit() {
        overtime = queue.later(queue.until(request, deadline).left(), this::giveUp);
    }

    /** Its time is over. Who was denied before, and hears nothing more, stays denied. */
    private void giveUp() {
        Acquisition.Denied last = place.get() == null ? denied : room.lastDenial(request.pool());
        if (last != null) {
            failed(new KeyUnavailableException(last));
        } else {
            queue.unanswered(request).tell(this);
        }
    }

    Priority priority() {
        return request.priority();
    }

    boolean isDone() {
        return future.isDone();
    }

    Want want() {
        WaitingRoom.Place mine = place.get();
        standing = mine == null ? room.newcomer() : room.standing(mine);
        return new Want(request, deadline.left(), standing, null);
    }

    /** Those who wait for the future do so on threads of their own. */
    void failed(RuntimeException e) {
        ForkJoinPool.commonPool().execute(() -> future.completeExceptionally(e));
    }

    /** Redis has answered. */
    void answered(Attempt reply) {
        room.answered(standing, seen, reply);
        Attempt attempt = reply.within(deadline);
        denied = attempt.denied();
        if (attempt.lease() != null) {
            awaitStart(attempt.lease(), attempt.startNanos());
        } else if (attempt.denied() != null && attempt.waitsInRoom() && attempt.restNanos(deadline.left(), 1) > 0) {
            awaitInRoom(attempt);
        } else if (attempt.passed() != null) {
            pass(attempt.passed());
        } else if (attempt.denied() != null) {
            leaveRoom();
            room.vacate();
            long pause = attempt.retryNanos(deadline.left());
            if (pause < 0) {
                failed(new KeyUnavailableException(attempt.denied()));
            } else {
                var unused = queue.later(pause, this::ask);
            }
        }
    }

    private void enterRoom() {
        WaitingRoom.Place mine =
                new WaitingRoom.Place(since.isEmpty() ? pool.clock.estimate() : since, arrival, this::takeTurn);
        place.set(mine);
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
    }

    /** As the first of those who wait, asks again when something has been given back, and after a rest. */
    private void awaitInRoom(Attempt attempt) {
        if (place.get() == null) {
            justDenied.set(attempt);
            enterRoom();
            justDenied.set(null);
        } else {
            rest(attempt.restNanos(deadline.left(), backoff.next(room.isCalled())));
        }
    }

    /** The first asks, unless Redis knows already that it waits. */
    private void takeTurn() {
        Attempt denied = justDenied.getAndSet(null);
        OptionalLong handedOver = room.handedOver();
        if (denied != null) {
            rest(denied.restNanos(deadline.left(), backoff.next(room.isCalled())));
        } else if (handedOver.isPresent()) {
            seen = handedOver.getAsLong();
            rest(Math.min(deadline.left(), backoff.next(room.isCalled())));
        } else {
            ask();
        }
    }

    private void rest(long nanos) {
        AtomicBoolean once = new AtomicBoolean();
        Runnable again = () -> {
            if (once.compareAndSet(false, true)) {
                ask();
            }
        };
        room.watch(seen, again);
        var unused = queue.later(Math.max(0, nanos), () -> {
            room.unwatch(again);
            again.run();
        });
    }

    /** From here on the lease is the future's: whoever cancels it before the start ends the lease. */
    private void awaitStart(RedisLease lease, long startNanos) {
        leaveRoom();
        overtime.cancel(false);
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
            limit();
            ask();
        }
    }
}
