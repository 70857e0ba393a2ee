package io.keycoord.redis;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Reason;
import io.keycoord.ApiSecret;
import io.keycoord.CoordinatorInterruptedException;
import io.keycoord.KeyCoordinator;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.PoolInfo;
import io.keycoord.StoreUnavailableException;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leases keys through one Redis. Each acquire and each settlement is one command, or a part of one that several threads
 * share ({@link RedisKeyCoordinatorBuilder#combining}); the scripts in {@code lua/} decide.
 *
 * <p>Safe for use by many threads; one for the whole worker is usual.
 */
public final class RedisKeyCoordinator implements KeyCoordinator {
    private static final Logger log = LoggerFactory.getLogger(RedisKeyCoordinator.class);
    private static final int BACKGROUND_THREADS = 2;
    private static final int CALLERS = 4;
    private static final int CALLERS_IDLE_SECONDS = 10;
    private static final int TRIES = 3;
    static final long FIRST_PAUSE_NANOS = Duration.ofMillis(10).toNanos();
    static final long LONGEST_PAUSE_NANOS = Duration.ofMillis(100).toNanos();

    private final ScriptRunner scripts;
    private final String worker;
    private final LeaseIds ids = new LeaseIds();
    private final Map<String, PoolSession> pools = new LinkedHashMap<>();
    private final LeaseKeeper keeper;
    private final ScheduledThreadPoolExecutor background;
    private final ScheduledThreadPoolExecutor clock;
    private final ThreadPoolExecutor callers;
    private final Duration closeWait;
    private volatile boolean closing;

    RedisKeyCoordinator(RedisKeyCoordinatorBuilder builder, ScriptRunner scripts, CoordinatorConfig config) {
        this.scripts = scripts;
        this.worker = builder.workerId();
        this.closeWait = builder.closeWait();
        this.clock = scheduler("keycoord-clock", 1);
        this.callers = callers();
        for (PoolConfig pool : config.pools()) {
            PoolSession session = new PoolSession(
                    pool,
                    builder.keyspace(),
                    scripts,
                    builder.combines(),
                    builder.secrets(),
                    System::nanoTime,
                    own -> new AsyncQueue(waiting -> tryAll(own, waiting), clock, callers));
            session.registration.register(session.plan, PoolRegistration.Start.FULL);
            pools.put(pool.id(), session);
        }
        this.background = scheduler("keycoord", BACKGROUND_THREADS);
        this.keeper = new LeaseKeeper(scripts, System::nanoTime, pools.values());
        keeper.start(background);
    }

    private static ThreadFactory daemons(String name) {
        AtomicLong threads = new AtomicLong();
        return task -> {
            Thread thread = new Thread(task, name + "-" + threads.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private static ScheduledThreadPoolExecutor scheduler(String name, int threads) {
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(threads, daemons(name));
        scheduler.setRemoveOnCancelPolicy(true);
        return scheduler;
    }

    /** Threads for the calls of futures, which end when there are none. */
    private static ThreadPoolExecutor callers() {
        ThreadPoolExecutor callers = new ThreadPoolExecutor(
                CALLERS,
                CALLERS,
                CALLERS_IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                daemons("keycoord-async"));
        callers.allowCoreThreadTimeOut(true);
        return callers;
    }

    private List<Acquisitions.Tried> tryAll(PoolSession pool, List<AsyncAcquisition> waiting) {
        return new Acquisitions(this, scripts, pool)
                .each(waiting.stream()
                        .map(one -> new Acquisitions.Want(one.request, one.leftNanos()))
                        .toList());
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
        return attempt(session(request.pool()), request, 0).acquisition();
    }

    @Override
    public List<Acquisition> tryAcquireAll(List<LeaseRequest> requests) {
        if (requests.isEmpty()) {
            return List.of();
        }
        return new Acquisitions(this, scripts, session(requests.get(0).pool())).of(requests);
    }

    @Override
    public Lease acquire(LeaseRequest request) {
        PoolSession pool = session(request.pool());
        long deadline = nanoTime() + maxWait(request).toNanos();
        try {
            return acquire(pool, request, deadline);
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
                request.inputTokens(),
                request.outputTokens(),
                route.cost(request.inputTokens(), request.outputTokens()));
        return Explanation.ask(scripts, pool.meta, ask, ids)
                .map(all -> all.candidates(row -> row.isBudget() || groups.contains(row.group())))
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
        return new AsyncAcquisition(
                        this, pool, request, nanoTime() + maxWait(request).toNanos())
                .start();
    }

    private static Duration maxWait(LeaseRequest request) {
        return request.maxWait().orElse(LeaseRequest.DEFAULT_MAX_WAIT);
    }

    private PoolSession session(String pool) {
        PoolSession session = pools.get(pool);
        if (session == null) {
            throw new IllegalArgumentException("pool is " + pool + ", expected one of " + pools.keySet());
        }
        return session;
    }

    /** Whoever waits for a slot queues behind those who wait already; what time decides is waited for by reservation. */
    private Lease acquire(PoolSession pool, LeaseRequest request, long deadline) throws InterruptedException {
        WaitingRoom room = pool.room(request);
        Attempt attempt =
                room.isBusy() ? awaitTurn(pool, request, deadline, room) : attempt(pool, request, left(deadline));
        while (true) {
            if (attempt.waitsInRoom()) {
                attempt = awaitTurn(pool, request, deadline, room);
            }
            Optional<Lease> started = awaitStart(attempt);
            if (started.isPresent()) {
                return started.get();
            }
            if (attempt.denied() != null) {
                awaitRetry(attempt.denied(), deadline);
            }
            attempt = attempt(pool, request, left(deadline));
        }
    }

    /** Asks Redis, as the first of those who wait, each time a slot may have been given back. */
    private Attempt awaitTurn(PoolSession pool, LeaseRequest request, long deadline, WaitingRoom room)
            throws InterruptedException {
        CountDownLatch turn = new CountDownLatch(1);
        WaitingRoom.Place place = new WaitingRoom.Place(turn::countDown);
        room.enter(place);
        try {
            if (!turn.await(left(deadline), TimeUnit.NANOSECONDS)) {
                throw new KeyUnavailableException(new Acquisition.Denied(
                        request.pool(), Reason.CONCURRENCY, Duration.ofNanos(FIRST_PAUSE_NANOS)));
            }
            long pause = FIRST_PAUSE_NANOS;
            while (true) {
                long seen = room.changes();
                Attempt attempt = attempt(pool, request, left(deadline));
                if (!attempt.waitsInRoom() || attempt.denied() == null) {
                    return attempt;
                }
                long rest = attempt.restNanos(left(deadline), jittered(pause));
                if (rest < 0) {
                    throw new KeyUnavailableException(attempt.denied());
                }
                room.await(seen, rest);
                pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
            }
        } finally {
            room.leave(place);
        }
    }

    /** The lease, at its start; empty for a denial, or if this worker woke up too late to use it. */
    private Optional<Lease> awaitStart(Attempt attempt) throws InterruptedException {
        if (attempt.passed() != null) {
            return Optional.of(attempt.passed());
        }
        RedisLease lease = attempt.lease();
        if (lease == null) {
            return Optional.empty();
        }
        try {
            lease.awaitLoss(left(attempt.startNanos()));
        } catch (InterruptedException e) {
            lease.settle(Outcome.unused());
            throw e;
        }
        return usable(lease);
    }

    /** The lease, or empty and the lease given back if its key is lost or it is too late to send with it. */
    Optional<Lease> usable(RedisLease lease) {
        if (lease.isLost() || lease.isLateToSend()) {
            lease.settle(Outcome.unused());
            return Optional.empty();
        }
        return Optional.of(lease);
    }

    private void awaitRetry(Acquisition.Denied denied, long deadline) throws InterruptedException {
        long pause = retryPause(denied, deadline);
        if (pause < 0) {
            throw new KeyUnavailableException(denied);
        }
        TimeUnit.NANOSECONDS.sleep(pause);
    }

    /** How long to wait before the next attempt; negative if none can succeed in time. */
    long retryPause(Acquisition.Denied denied, long deadline) {
        boolean hopeless =
                denied.reason().isFinal() || denied.reason() == Reason.NO_KEY || denied.reason() == Reason.SWITCHED_OFF;
        long pause = denied.retryAfter().toNanos();
        if (denied.reason() == Reason.CONCURRENCY) {
            pause = Math.min(pause, jittered(LONGEST_PAUSE_NANOS / 2));
        }
        return hopeless || pause >= left(deadline) ? -1 : Math.max(pause, 1);
    }

    static long jittered(long nanos) {
        return nanos / 2 + ThreadLocalRandom.current().nextLong(nanos);
    }

    /** Nanoseconds until an instant of {@link #nanoTime}; zero if it has passed. */
    long left(long untilNanos) {
        return Math.max(0, untilNanos - nanoTime());
    }

    long nanoTime() {
        return System.nanoTime();
    }

    /** Asks Redis once. A key that this worker cannot use is given back, and the others are asked for. */
    Attempt attempt(PoolSession pool, LeaseRequest request, long maxWaitNanos) {
        Route route = pool.route(request);
        if (isHopeless(route)) {
            Reason why = route.leadsNowhere() ? Reason.MODEL_NOT_COVERED : Reason.NO_PRICE;
            return Attempt.denied(request.pool(), closing ? Reason.CLOSED : why, Duration.ZERO);
        }
        LeaseRequest next = request;
        for (int i = 0; i < TRIES; i++) {
            Asked asked = ask(pool, next, pool.route(next), maxWaitNanos);
            Reply reply = acquire(pool, asked);
            Attempt attempt = judge(pool, asked, reply);
            if (attempt != null) {
                return attempt;
            }
            if (reply.status().equals("GRANTED")) {
                next = next.withoutKey(LeaseRecord.parse(reply.text(6)).key());
            }
        }
        return Attempt.denied(request.pool(), Reason.STALE, Duration.ZERO);
    }

    /** Whether Redis need not be asked. */
    boolean isHopeless(Route route) {
        return closing || route.leadsNowhere() || route.priceless();
    }

    /** One acquire on its way to Redis; {@code before} by this worker's clock. */
    record Asked(LeaseRequest request, String id, List<String> args, long before) {}

    /** What the reply to an acquire comes to; null if it is to be asked again. What this worker cannot use is given back. */
    @Nullable
    Attempt judge(PoolSession pool, Asked asked, Reply reply) {
        observe(pool, reply);
        switch (reply.status()) {
            case "GRANTED" -> {
                pool.switched.usual(reply.number(1));
                LeaseRecord record = LeaseRecord.parse(reply.text(6));
                Optional<ApiSecret> secret = pool.secret(record.key());
                if (secret.isPresent()) {
                    return granted(pool, asked, record, secret.get(), reply);
                }
                giveBack(pool, asked.id, record);
            }
            case "DENIED" -> {
                return denied(pool, reply);
            }
            case "OPEN" -> {
                pool.switched.passed(reply.number(1));
                return passed(pool, asked);
            }
            case "SHADOW" -> {
                pool.switched.usual(reply.number(1));
                pool.switched.shadowed(Reason.valueOf(reply.text(4)), hint(reply));
                return passed(pool, asked);
            }
            case "STALE" -> log.debug("pool {}: acquire {} was stale", asked.request.pool(), asked.id);
            case "NO_POOL" -> {
                log.error(
                        "pool {}: its state in Redis is lost; it begins again with empty limits", asked.request.pool());
                pool.registerAgain();
            }
            default -> throw reply.unexpected();
        }
        return null;
    }

    private static Duration hint(Reply denial) {
        return Duration.ofNanos(denial.number(5) * 1_000);
    }

    private static Attempt denied(PoolSession pool, Reply reply) {
        Reason reason = Reason.valueOf(reply.text(4));
        if (reason == Reason.SWITCHED_OFF) {
            pool.switched.denied(reply.number(1));
        } else {
            pool.switched.usual(reply.number(1));
        }
        return Attempt.denied(pool.config.id(), reason, hint(reply));
    }

    /** A lease that Redis does not know of, with the key whose turn it is in this worker. */
    private static Attempt passed(PoolSession pool, Asked asked) {
        return pool.roster(asked.request)
                .next(asked.request)
                .map(pick -> Attempt.passed(new UncoordinatedLease(
                        pool, asked.id, pick, pool.secret(pick.key()).orElseThrow())))
                .orElseGet(() -> Attempt.denied(pool.config.id(), Reason.NO_KEY, Duration.ZERO));
    }

    /**
     * What an operator's switch has made of this worker's calls.
     *
     * @throws IllegalArgumentException if the pool is not configured here
     */
    public SwitchedCalls switchedCalls(String pool) {
        return session(pool).switched.counts();
    }

    /** What every reply tells: the server's clock, and whether keys have left service that leases here wait for. */
    private void observe(PoolSession pool, Reply reply) {
        if (reply.size() < 4) {
            return;
        }
        pool.clock.observe(reply.number(1));
        if (pool.hasNewLosses(reply.number(3))) {
            try {
                background.execute(() -> LeaseKeeper.guarded(() -> keeper.check(pool)));
            } catch (RejectedExecutionException e) {
                log.debug("pool {}: closing, leases that wait are not looked at", pool.config.id());
            }
        }
    }

    Asked ask(PoolSession pool, LeaseRequest request, Route route, long maxWaitNanos) {
        String id = ids.next();
        List<String> args = List.of(
                "",
                id,
                worker,
                pool.clock.estimate(),
                Long.toString(pool.config.leaseTtl().toMillis()),
                Long.toString(request.inputTokens()),
                Long.toString(request.outputTokens()),
                Long.toString(route.cost(request.inputTokens(), request.outputTokens())),
                Long.toString(maxWaitNanos / 1_000),
                route.groups(),
                excludedKeys(pool, request, route),
                String.join(",", request.excludedAccounts()),
                route.budgets(),
                prefer(pool, request));
        return new Asked(request, id, args, nanoTime());
    }

    private Reply acquire(PoolSession pool, Asked asked) {
        try {
            return pool.calls.run(Script.ACQUIRE, asked.args);
        } catch (StoreUnavailableException e) {
            cancel(pool, asked);
            throw e;
        }
    }

    /** For an acquire whose reply was lost: if it was granted it ends, if it comes yet it is refused. */
    void cancel(PoolSession pool, Asked asked) {
        keeper.keep(pool, Settlement.unused(asked.id, ""));
    }

    private static String prefer(PoolSession pool, LeaseRequest request) {
        return request.affinity()
                .map(session -> pool.roster(request).preferred(session))
                .orElse("");
    }

    private static String excludedKeys(PoolSession pool, LeaseRequest request, Route route) {
        if (request.excludedKeys().isEmpty() && route.keysOfOthers().isEmpty()) {
            return pool.withoutSecret();
        }
        Set<String> excluded = new TreeSet<>(request.excludedKeys());
        excluded.addAll(route.keysOfOthers());
        if (!pool.withoutSecret().isEmpty()) {
            excluded.add(pool.withoutSecret());
        }
        return String.join(",", excluded);
    }

    private Attempt granted(PoolSession pool, Asked asked, LeaseRecord record, ApiSecret secret, Reply reply) {
        long waitNanos = reply.number(4) * 1_000;
        // The limits count from some instant between the call and its reply: lateness from the one, use from the other.
        RedisLease lease = new RedisLease(
                this, pool, asked.id, record, secret, asked.request.model(), asked.before + waitNanos, reply.number(5));
        pool.leases.put(asked.id, lease);
        long now = nanoTime();
        return Attempt.granted(lease, waitNanos == 0 ? now : now + waitNanos);
    }

    private void giveBack(PoolSession pool, String id, LeaseRecord record) {
        log.warn("pool {}: key {} is unknown to this worker and left to others", pool.config.id(), record.key());
        List<String> args = Settlement.unused(id, record.text());
        try {
            pool.calls.run(Script.SETTLE, args);
        } catch (StoreUnavailableException e) {
            keeper.keep(pool, args);
        }
    }

    boolean renew(RedisLease lease) {
        return keeper.renew(lease.session(), List.of(lease));
    }

    /** Never throws: what Redis does not take now is kept and repeated. */
    void settle(RedisLease lease, Outcome outcome) {
        PoolSession pool = lease.session();
        long cost =
                outcome.usage().map(usage -> pool.cost(lease.model(), usage)).orElse(-1L);
        List<String> args =
                Settlement.args(lease.id(), lease.record().text(), outcome, cost, lease.model(), lease.latencyMs());
        try {
            Reply reply = pool.calls.run(Script.SETTLE, args);
            observe(pool, reply);
            Settlement.log(pool, lease, outcome, reply);
        } catch (StoreUnavailableException e) {
            log.warn("pool {}: settlement of lease {} is kept for later: {}", lease.pool(), lease.id(), e.getMessage());
            keeper.keep(pool, args);
        } finally {
            pool.leases.remove(lease.id());
            pool.signal();
        }
    }

    @Override
    public void close() {
        if (closing) {
            return;
        }
        closing = true;
        pools.forEach((id, pool) ->
                pool.queue.fail(new KeyUnavailableException(new Acquisition.Denied(id, Reason.CLOSED, Duration.ZERO))));
        long deadline = nanoTime() + closeWait.toNanos();
        while (pools.values().stream().anyMatch(PoolSession::isBusy) && left(deadline) > 0) {
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        clock.shutdownNow();
        callers.shutdownNow();
        background.shutdownNow();
        keeper.flush();
        scripts.close();
    }
}
