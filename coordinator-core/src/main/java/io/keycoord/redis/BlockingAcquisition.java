package io.keycoord.redis;

import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An acquire whose caller waits. An interrupt gives back what it holds. */
final class BlockingAcquisition {
    private final LeaseDesk desk;
    private final PoolSession pool;
    private final LeaseRequest request;
    private final Deadline deadline;
    private final WaitingRoom room;

    BlockingAcquisition(LeaseDesk desk, PoolSession pool, LeaseRequest request, Deadline deadline) {
        this.desk = desk;
        this.pool = pool;
        this.request = request;
        this.deadline = deadline;
        this.room = pool.room(request);
    }

    /** Whoever waits for a slot queues behind those who wait already; what time decides is waited for by reservation. */
    Lease await() throws InterruptedException {
        Attempt attempt = room.isBusy() ? awaitTurn() : ask();
        while (true) {
            if (attempt.waitsInRoom()) {
                attempt = awaitTurn();
            }
            Optional<Lease> started = awaitStart(attempt);
            if (started.isPresent()) {
                return started.get();
            }
            if (attempt.denied() != null) {
                long rest = attempt.retryNanos(deadline.left());
                if (rest < 0) {
                    throw new KeyUnavailableException(attempt.denied());
                }
                TimeUnit.NANOSECONDS.sleep(rest);
            }
            attempt = ask();
        }
    }

    private Attempt ask() {
        return desk.attempt(pool, request, deadline.left());
    }

    /** Asks Redis, as the first of those who wait, each time a slot may have been given back. */
    private Attempt awaitTurn() throws InterruptedException {
        CountDownLatch turn = new CountDownLatch(1);
        WaitingRoom.Place place = new WaitingRoom.Place(turn::countDown);
        room.enter(place);
        try {
            if (!turn.await(deadline.left(), TimeUnit.NANOSECONDS)) {
                throw new KeyUnavailableException(room.lastDenial(request.pool()));
            }
            Backoff backoff = new Backoff();
            while (true) {
                long seen = room.changes();
                Attempt attempt = ask();
                if (!attempt.waitsInRoom() || attempt.denied() == null) {
                    return attempt;
                }
                room.denied(attempt.denied());
                long rest = attempt.restNanos(deadline.left(), backoff.next());
                if (rest < 0) {
                    throw new KeyUnavailableException(attempt.denied());
                }
                room.await(seen, rest);
            }
        } finally {
            room.leave(place);
        }
    }

    /** The lease, at its start; empty for a denial, or if its key is lost or this worker woke up too late to use it. */
    private Optional<Lease> awaitStart(Attempt attempt) throws InterruptedException {
        if (attempt.passed() != null) {
            return Optional.of(attempt.passed());
        }
        RedisLease lease = attempt.lease();
        if (lease == null) {
            return Optional.empty();
        }
        try {
            lease.awaitLoss(Deadline.left(attempt.startNanos()));
        } catch (InterruptedException e) {
            lease.settle(Outcome.unused());
            throw e;
        }
        if (!lease.isUsable()) {
            lease.settle(Outcome.unused());
            return Optional.empty();
        }
        return Optional.of(lease);
    }
}
