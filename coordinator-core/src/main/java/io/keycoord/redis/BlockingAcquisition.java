package io.keycoord.redis;

import io.keycoord.Acquisition;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An acquire whose caller waits. An interrupt gives back what it holds. */
final class BlockingAcquisition {
    private final LeaseDesk desk;
    private final PoolSession pool;
    private final LeaseRequest request;
    private final Deadline deadline;
    private final WaitingRoom room;
    private final String since;
    private final long arrival;

    /** What the room had seen when this was asked last. */
    private long seen;

    /** What it was told last. */
    private Acquisition.@Nullable Denied denied;

    BlockingAcquisition(LeaseDesk desk, PoolSession pool, LeaseRequest request, Deadline deadline) {
        this.desk = desk;
        this.pool = pool;
        this.request = request;
        this.deadline = deadline;
        this.room = pool.room(request);
        this.arrival = room.arrive();
        this.since = pool.clock.estimate();
    }

    /** Whoever waits for a slot queues behind those who wait already; what time decides is waited for by reservation. */
    Lease await() throws InterruptedException {
        Attempt attempt = room.isBusy() ? awaitTurn(null) : ask(room.newcomer());
        while (true) {
            if (attempt.waitsInRoom()) {
                attempt = awaitTurn(attempt);
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
            attempt = ask(room.newcomer());
        }
    }

    private Attempt ask(Standing how) {
        seen = room.changes();
        Attempt attempt;
        try {
            attempt = desk.attempt(pool, new Want(request, deadline.left(), how, untilAnswered()));
        } catch (StoreUnavailableException e) {
            return unanswered(how, e);
        }
        room.answered(how, seen, attempt);
        denied = attempt.denied();
        return attempt.within(deadline);
    }

    private @Nullable Deadline untilAnswered() {
        return Want.isNow(request) ? null : deadline.ofCall();
    }

    /** Who was denied before, and hears nothing more within its time, stays denied: an open pool gives out no slots for that. */
    private Attempt unanswered(Standing how, StoreUnavailableException why) {
        Acquisition.Denied last = how.ticket().isEmpty() ? denied : room.lastDenial(request.pool());
        if (why.trouble() != Trouble.LATE) {
            throw why;
        } else if (last != null) {
            throw new KeyUnavailableException(last);
        }
        return desk.withoutRedis(pool, request, why);
    }

    /**
     * As the first of those who wait, asks Redis each time it is called, or a slot may have been given back.
     *
     * @param asked the denial this was answered with just now; null if it has not asked
     */
    private Attempt awaitTurn(@Nullable Attempt asked) throws InterruptedException {
        CountDownLatch turn = new CountDownLatch(1);
        WaitingRoom.Place place =
                new WaitingRoom.Place(since.isEmpty() ? pool.clock.estimate() : since, arrival, turn::countDown);
        room.enter(place);
        try {
            Attempt last = turn.getCount() == 0 ? asked : null;
            if (!turn.await(deadline.left(), TimeUnit.NANOSECONDS)) {
                throw new KeyUnavailableException(room.lastDenial(request.pool()));
            }
            OptionalLong handedOver = room.handedOver();
            handedOver.ifPresent(then -> seen = then);
            boolean known = last != null || handedOver.isPresent();
            for (Backoff backoff = new Backoff(); ; known = true) {
                if (known) {
                    rest(last, backoff);
                }
                last = ask(room.standing(place));
                if (!last.waitsInRoom()) {
                    return last;
                }
            }
        } finally {
            room.leave(place);
        }
    }

    private void rest(@Nullable Attempt last, Backoff backoff) throws InterruptedException {
        long pause = backoff.next(room.isCalled());
        long left = deadline.left();
        long rest = last != null ? last.restNanos(left, pause) : left == 0 ? -1 : Math.min(pause, left);
        if (rest < 0) {
            throw new KeyUnavailableException(
                    last != null && last.denied() != null ? last.denied() : room.lastDenial(request.pool()));
        }
        room.await(seen, rest);
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
            lease.giveBack();
            throw e;
        }
        if (!lease.isUsable()) {
            lease.giveBack();
            return Optional.empty();
        }
        return Optional.of(lease);
    }
}
