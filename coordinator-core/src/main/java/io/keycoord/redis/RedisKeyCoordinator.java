package io.keycoord.redis;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Reason;
import io.keycoord.CoordinatorInterruptedException;
import io.keycoord.KeyCoordinator;
import io.keycoord.KeyRevival;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.PoolInfo;
import io.keycoord.StoreUnavailableException;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Leases keys through one Redis. Each acquire and each settlement is one command, or a part of one that several threads
 * share ({@link RedisKeyCoordinatorBuilder#combining}); the scripts in {@code lua/} decide. Only where a pool asks for copies
 * ({@link io.keycoord.config.Durability}) two more are sent with it.
 *
 * <p>Safe for use by many threads; one for the whole worker is usual.
 */
public final class RedisKeyCoordinator implements KeyCoordinator {
    private final ScriptRunner scripts;
    private final String worker;
    private final Map<String, PoolSession> pools = new LinkedHashMap<>();
    private final Map<String, AsyncQueue> queues = new HashMap<>();
    private final WorkerThreads threads = new WorkerThreads();
    private final LeaseKeeper keeper;
    private final Wakeups wakeups;
    private final LeaseDesk desk;
    private final Duration closeWait;
    private final KeyRevival revival;

    RedisKeyCoordinator(RedisKeyCoordinatorBuilder builder, ScriptRunner scripts, CoordinatorConfig config) {
        this.scripts = scripts;
        this.worker = builder.workerId();
        this.closeWait = builder.closeWait();
        this.revival = new RedisKeyRevival(scripts, builder.keyspace(), worker);
        this.keeper = new LeaseKeeper(pools.values());
        Senders senders = new Senders(threads.senders, builder.failoverWait().plus(copies(config)));
        this.desk = new LeaseDesk(worker, keeper, senders, threads.background);
        this.wakeups = new Wakeups(scripts.wakeups(), builder.keyspace().wakeups(worker), pools, threads.background);
        for (PoolConfig pool : config.pools()) {
            PoolSession session = new PoolSession(
                    pool,
                    builder.keyspace(),
                    scripts,
                    (leasing, meta) -> builder.combines()
                            ? new Combiner(leasing, meta, senders)
                            : new PlainCalls(leasing, meta, senders),
                    builder.secrets(),
                    worker,
                    wakeups,
                    System::nanoTime);
            session.requireDurability();
            session.register();
            session.share.tell();
            pools.put(pool.id(), session);
            queues.put(pool.id(), new AsyncQueue(new Acquisitions(desk, session), threads.clock, threads.callers));
        }
        keeper.start(threads.background);
        var unused = threads.secrets.scheduleWithFixedDelay(
                () -> pools.values().forEach(pool -> pool.secrets.look()), 1, 1, TimeUnit.SECONDS);
    }

    /** How much longer a call may take because a copy is waited for. */
    private static Duration copies(CoordinatorConfig config) {
        return config.pools().stream()
                .map(pool -> Copies.within(pool.durability()))
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    /** Starts from Redis on {@code redis://localhost:6379} and secrets from the environment and files. */
    public static RedisKeyCoordinatorBuilder builder() {
        return new RedisKeyCoordinatorBuilder();
    }

    @Override
    public PoolInfo pool(String id) {
        return session(id).info;
    }

    /** What the leases of this worker are signed with in Redis and in the logs. */
    public String workerId() {
        return worker;
    }

    @Override
    public Acquisition tryAcquire(LeaseRequest request) {
        return desk.attempt(session(request.pool()), Want.now(request)).acquisition();
    }

    @Override
    public List<Acquisition> tryAcquireAll(List<LeaseRequest> requests) {
        if (requests.isEmpty()) {
            return List.of();
        }
        return new Acquisitions(desk, session(requests.get(0).pool())).of(requests);
    }

    @Override
    public Lease acquire(LeaseRequest request) {
        PoolSession pool = session(request.pool());
        try {
            return new BlockingAcquisition(desk, pool, request, deadline(request)).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CoordinatorInterruptedException(e);
        }
    }

    /**
     * Why a request gets which key, or none: all keys that can serve its model, the earliest first, as of now. Reserves
     * nothing.
     *
     * @throws StoreUnavailableException if Redis does not answer
     */
    public List<Candidate> explain(LeaseRequest request) {
        PoolSession pool = session(request.pool());
        Route route = pool.route(request);
        Set<String> groups = Set.of(route.groups().split(",", -1));
        List<String> ids = new ArrayList<>(List.of(route.budgets().split(",", -1)));
        ids.addAll(pool.plan.unitIds());
        Explanation.Ask ask = new Explanation.Ask(
                request.model(),
                request.inputTokens(),
                request.outputTokens(),
                route.cost(request.inputTokens(), request.outputTokens()),
                request.priority());
        return Explanation.ask(scripts, pool.meta, ask, ids)
                .map(all -> all.candidates(row -> !row.isKey() || groups.contains(row.group())))
                .orElse(List.of())
                .stream()
                .map(candidate -> usable(pool, request, candidate))
                .sorted(Candidate.EARLIEST_FIRST)
                .toList();
    }

    private static Candidate usable(PoolSession pool, LeaseRequest request, Candidate candidate) {
        if (candidate.key().isEmpty()) {
            return candidate;
        }
        if (pool.secret(candidate.key()).isEmpty()) {
            return candidate.never("no secret");
        }
        if (pool.route(request).keysOfOthers().contains(candidate.key())) {
            return candidate.never("reserved");
        }
        boolean excluded = request.excludedKeys().contains(candidate.key())
                || request.excludedAccounts().contains(candidate.account());
        return excluded ? candidate.never("excluded") : candidate;
    }

    @Override
    public CompletableFuture<Lease> acquireAsync(LeaseRequest request) {
        PoolSession pool = session(request.pool());
        AsyncQueue queue = queues.get(pool.config.id());
        if (desk.isClosed() || queue == null) {
            return CompletableFuture.failedFuture(closed(pool.config.id()));
        }
        return new AsyncAcquisition(queue, pool, request, deadline(request)).start();
    }

    private static KeyUnavailableException closed(String pool) {
        return new KeyUnavailableException(new Acquisition.Denied(pool, Reason.CLOSED, Duration.ZERO));
    }

    private static Deadline deadline(LeaseRequest request) {
        return Deadline.after(request.maxWait().orElse(LeaseRequest.DEFAULT_MAX_WAIT));
    }

    private PoolSession session(String pool) {
        PoolSession session = pools.get(pool);
        if (session == null) {
            throw new IllegalArgumentException("pool is " + pool + ", expected one of " + pools.keySet());
        }
        return session;
    }

    /**
     * What an operator's switch has made of this worker's calls.
     *
     * @throws IllegalArgumentException if the pool is not configured here
     */
    public SwitchedCalls switchedCalls(String pool) {
        return session(pool).switched.counts();
    }

    /**
     * How this worker stands with Redis, for one of its pools.
     *
     * @throws IllegalArgumentException if the pool is not configured here
     */
    public StoreState storeState(String pool) {
        PoolSession session = session(pool);
        return new StoreState(
                session.store.isAway(),
                session.store.refused(),
                session.store.passed(),
                session.outbox.size() + session.outbox.uncopied(),
                session.outbox.dropped(),
                session.copies.isLacking(),
                session.copies.uncopied());
    }

    /** For a health check, over the connection of this worker, by whose id it is in the pool's log. */
    public KeyRevival revival() {
        return revival;
    }

    @Override
    public void close() {
        if (desk.isClosed()) {
            return;
        }
        desk.close();
        queues.forEach((id, queue) -> queue.fail(closed(id)));
        wakeups.changed();
        Deadline deadline = Deadline.after(closeWait);
        while (pools.values().stream().anyMatch(PoolSession::isBusy) && deadline.left() > 0) {
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        threads.end();
        wakeups.close();
        keeper.finish();
        scripts.close();
    }
}
