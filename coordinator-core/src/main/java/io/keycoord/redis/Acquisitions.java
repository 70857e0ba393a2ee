package io.keycoord.redis;

import io.keycoord.Acquisition;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.redis.RedisKeyCoordinator.Asked;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Several acquires of one pool at once. */
final class Acquisitions {
    private final RedisKeyCoordinator coordinator;
    private final ScriptRunner scripts;
    private final PoolSession pool;

    Acquisitions(RedisKeyCoordinator coordinator, ScriptRunner scripts, PoolSession pool) {
        this.coordinator = coordinator;
        this.scripts = scripts;
        this.pool = pool;
    }

    /** As many answers as requests, or an exception and no lease. */
    List<Acquisition> of(List<LeaseRequest> requests) {
        for (int i = 0; i < requests.size(); i++) {
            if (!requests.get(i).pool().equals(pool.config.id())) {
                throw new IllegalArgumentException("requests[" + i + "] is of pool "
                        + requests.get(i).pool() + ", expected " + pool.config.id() + " as the first");
            }
        }
        List<Tried> tried =
                each(requests.stream().map(request -> new Want(request, 0)).toList());
        Optional<RuntimeException> failure =
                tried.stream().flatMap(one -> Stream.ofNullable(one.failure)).findFirst();
        if (failure.isPresent()) {
            tried.forEach(Acquisitions::giveBack);
            throw failure.get();
        }
        return tried.stream().map(one -> one.attempted().acquisition()).toList();
    }

    private static void giveBack(Tried tried) {
        if (tried.attempt != null && tried.attempt.lease() != null) {
            tried.attempt.lease().settle(Outcome.unused());
        }
    }

    /** A request, and how far ahead its lease may start. */
    record Want(LeaseRequest request, long maxWaitNanos) {}

    /** What came of a request: an attempt, or what kept it from being made. */
    record Tried(@Nullable Attempt attempt, @Nullable RuntimeException failure) {
        Attempt attempted() {
            return Objects.requireNonNull(attempt);
        }

        void tell(AsyncAcquisition acquisition) {
            if (failure != null) {
                acquisition.failed(failure);
            } else {
                acquisition.answered(attempted());
            }
        }
    }

    /** Each by its own fate, in the order of the wants; throws nothing. */
    List<Tried> each(List<Want> wants) {
        List<Tried> tried = new ArrayList<>();
        for (int i = 0; i < wants.size(); i += Batch.MOST) {
            tried.addAll(acquire(wants.subList(i, Math.min(i + Batch.MOST, wants.size()))));
        }
        return tried;
    }

    private List<Tried> acquire(List<Want> wants) {
        List<Asked> asked = new ArrayList<>();
        List<Integer> positions = new ArrayList<>();
        List<Tried> tried = new ArrayList<>();
        for (Want want : wants) {
            tried.add(alone(want, asked, positions, tried.size()));
        }
        if (asked.size() == 1) {
            tried.set(positions.get(0), again(wants.get(positions.get(0))));
            return tried;
        }
        List<Reply> replies;
        try {
            replies = asked.isEmpty() ? List.of() : send(asked);
        } catch (RuntimeException e) {
            positions.forEach(position -> tried.set(position, new Tried(null, e)));
            return tried;
        }
        for (int i = 0; i < asked.size(); i++) {
            tried.set(positions.get(i), judge(wants.get(positions.get(i)), asked.get(i), replies.get(i)));
        }
        return tried;
    }

    /** What needs no Redis is answered; the others are noted as asked. */
    private Tried alone(Want want, List<Asked> asked, List<Integer> positions, int position) {
        try {
            Route route = pool.route(want.request);
            if (coordinator.isHopeless(route)) {
                return again(want);
            }
            asked.add(coordinator.ask(pool, want.request, route, want.maxWaitNanos));
            positions.add(position);
            return new Tried(null, null);
        } catch (RuntimeException e) {
            return new Tried(null, e);
        }
    }

    private Tried judge(Want want, Asked asked, Reply reply) {
        try {
            Attempt attempt = coordinator.judge(pool, asked, Batch.checked(reply));
            return attempt == null ? again(want) : new Tried(attempt, null);
        } catch (RuntimeException e) {
            return new Tried(null, e);
        }
    }

    /** By itself: what needs no Redis, what is asked alone, and the few that are to be asked again. */
    private Tried again(Want want) {
        try {
            return new Tried(coordinator.attempt(pool, want.request, want.maxWaitNanos), null);
        } catch (RuntimeException e) {
            return new Tried(null, e);
        }
    }

    private List<Reply> send(List<Asked> asked) {
        try {
            List<Batch.Item> items = asked.stream()
                    .map(one -> new Batch.Item(Script.ACQUIRE, one.args()))
                    .toList();
            return Batch.run(scripts, pool.meta, items);
        } catch (StoreUnavailableException e) {
            asked.forEach(one -> coordinator.cancel(pool, one));
            throw e;
        }
    }
}
