package io.keycoord.redis;

import io.keycoord.Acquisition;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.redis.LeaseDesk.Asked;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Several acquires of one pool at once. */
final class Acquisitions {
    private final LeaseDesk desk;
    private final PoolSession pool;

    Acquisitions(LeaseDesk desk, PoolSession pool) {
        this.desk = desk;
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
        List<Tried> tried = each(requests.stream().map(Want::now).toList());
        Optional<RuntimeException> failure =
                tried.stream().flatMap(one -> Stream.ofNullable(one.failure)).findFirst();
        if (failure.isPresent()) {
            tried.forEach(Acquisitions::giveBack);
            throw failure.get();
        }
        return tried.stream().map(one -> one.attempted().acquisition()).toList();
    }

    private static void giveBack(Tried tried) {
        if (tried.attempt != null && tried.attempt.acquisition() instanceof Acquisition.Granted granted) {
            granted.lease().settle(Outcome.unused());
        }
    }

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
        if (wants.size() == 1) {
            return List.of(alone(wants.get(0)));
        }
        Tried[] tried = new Tried[wants.size()];
        Map<Integer, Asked> asked = new LinkedHashMap<>();
        for (int i = 0; i < tried.length; i++) {
            try {
                Want want = wants.get(i);
                Route route = pool.route(want.request());
                if (desk.isHopeless(route) || pool.isOutOfReach()) {
                    tried[i] = alone(want);
                } else {
                    asked.put(i, desk.ask(pool, want, route));
                }
            } catch (RuntimeException e) {
                tried[i] = new Tried(null, e);
            }
        }
        send(wants, asked, tried);
        return List.of(tried);
    }

    private void send(List<Want> wants, Map<Integer, Asked> asked, Tried[] tried) {
        try {
            Iterator<Reply> replies = asked.isEmpty()
                    ? Collections.emptyIterator()
                    : send(asked.values()).iterator();
            asked.forEach((i, one) -> tried[i] = judge(wants.get(i), one, replies.next()));
        } catch (StoreUnavailableException e) {
            asked.forEach((i, one) -> tried[i] = withoutRedis(one.want().request(), e));
        } catch (RuntimeException e) {
            asked.keySet().forEach(i -> tried[i] = new Tried(null, e));
        }
    }

    /** Until when a future waits. */
    Deadline until(LeaseRequest request, Deadline deadline) {
        return desk.until(Want.isNow(request) ? null : new Deadline(deadline.nanos() + Deadline.LAST_CALL_NANOS));
    }

    /** What a request comes to that Redis has not answered. */
    Tried withoutRedis(LeaseRequest request, StoreUnavailableException why) {
        try {
            return new Tried(desk.withoutRedis(pool, request, why), null);
        } catch (StoreUnavailableException e) {
            return new Tried(null, e);
        }
    }

    private Tried judge(Want want, Asked asked, Reply reply) {
        try {
            Attempt attempt = desk.judge(pool, asked, Batch.checked(reply));
            return attempt == null ? alone(want) : new Tried(attempt, null);
        } catch (RuntimeException e) {
            return new Tried(null, e);
        }
    }

    /** By itself: what needs no Redis, a want without company, and the few that are to be asked again. */
    private Tried alone(Want want) {
        try {
            return new Tried(desk.attempt(pool, want), null);
        } catch (RuntimeException e) {
            return new Tried(null, e);
        }
    }

    private List<Reply> send(Collection<Asked> asked) {
        try {
            List<Batch.Item> items = asked.stream()
                    .map(one -> new Batch.Item(Script.ACQUIRE, one.args()))
                    .toList();
            return Batch.run(pool.leasing, pool.meta, items);
        } catch (StoreUnavailableException e) {
            asked.forEach(one -> LeaseDesk.unanswered(pool, one, e));
            throw e;
        }
    }
}
