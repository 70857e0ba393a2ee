package io.keycoord.redis;

import io.keycoord.Acquisition;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.redis.RedisKeyCoordinator.Asked;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Several acquires of one pool at once: as many answers as requests, or an exception and no lease. */
final class Acquisitions {
    private final RedisKeyCoordinator coordinator;
    private final ScriptRunner scripts;
    private final PoolSession pool;
    private final List<Acquisition> answers = new ArrayList<>();

    Acquisitions(RedisKeyCoordinator coordinator, ScriptRunner scripts, PoolSession pool) {
        this.coordinator = coordinator;
        this.scripts = scripts;
        this.pool = pool;
    }

    List<Acquisition> of(List<LeaseRequest> requests) {
        for (int i = 0; i < requests.size(); i++) {
            if (!requests.get(i).pool().equals(pool.config.id())) {
                throw new IllegalArgumentException("requests[" + i + "] is of pool "
                        + requests.get(i).pool() + ", expected " + pool.config.id() + " as the first");
            }
        }
        try {
            for (int i = 0; i < requests.size(); i += Batch.MOST) {
                acquire(requests.subList(i, Math.min(i + Batch.MOST, requests.size())));
            }
        } catch (RuntimeException e) {
            giveBack();
            throw e;
        }
        return List.copyOf(answers);
    }

    private void giveBack() {
        for (Acquisition answer : answers) {
            if (answer instanceof Acquisition.Granted granted) {
                granted.lease().settle(Outcome.unused());
            }
        }
    }

    private void acquire(List<LeaseRequest> requests) {
        List<Asked> asked = new ArrayList<>();
        for (LeaseRequest request : requests) {
            Route route = pool.route(request);
            if (!coordinator.isHopeless(route)) {
                asked.add(coordinator.ask(pool, request, route, 0));
            }
        }
        List<Reply> replies = asked.isEmpty() ? List.of() : send(asked);
        RuntimeException failure = null;
        int next = 0;
        for (LeaseRequest request : requests) {
            try {
                boolean sent = next < asked.size() && asked.get(next).request() == request;
                Attempt attempt = sent ? judge(asked.get(next), replies.get(next++)) : null;
                answers.add((attempt == null ? again(request) : attempt).acquisition());
            } catch (RuntimeException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private @Nullable Attempt judge(Asked asked, Reply reply) {
        return coordinator.judge(pool, asked, Batch.checked(reply));
    }

    /** By itself: what needs no Redis, and the few that are to be asked again. */
    private Attempt again(LeaseRequest request) {
        return coordinator.attempt(pool, request, 0);
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
