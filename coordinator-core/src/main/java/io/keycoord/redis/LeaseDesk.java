package io.keycoord.redis;

import io.keycoord.Acquisition.Reason;
import io.keycoord.ApiSecret;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where this worker asks Redis for leases and hands them in: makes the arguments of an acquire, judges its reply, settles
 * and renews. Waits for nothing but Redis.
 */
final class LeaseDesk {
    private static final Logger log = LoggerFactory.getLogger(LeaseDesk.class);
    private static final int TRIES = 3;
    private static final long MOST_REST_NANOS = Duration.ofSeconds(1).toNanos();

    private final String worker;
    private final LeaseIds ids = new LeaseIds();
    private final LeaseKeeper keeper;
    private final Senders senders;
    private final Executor background;
    private volatile boolean closed;

    /** {@code background} looks after leases that lie ahead, when a reply tells that keys have left service. */
    LeaseDesk(String worker, LeaseKeeper keeper, Senders senders, Executor background) {
        this.worker = worker;
        this.keeper = keeper;
        this.senders = senders;
        this.background = background;
    }

    /** From now on every request is denied. */
    void close() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    /**
     * Asks Redis once. A key that this worker cannot use is given back, and the others are asked for.
     *
     * @throws StoreUnavailableException if Redis does not answer and the pool is closed then; if it does not before the
     *     caller's deadline, of kind LATE
     */
    Attempt attempt(PoolSession pool, Want want) {
        LeaseRequest request = want.request();
        Route route = pool.route(request);
        if (isHopeless(route)) {
            Reason why = route.leadsNowhere() ? Reason.MODEL_NOT_COVERED : Reason.NO_PRICE;
            return Attempt.denied(request.pool(), closed ? Reason.CLOSED : why, Duration.ZERO);
        }
        Want next = want;
        for (int i = 0; i < TRIES; i++) {
            Asked asked = ask(pool, next, pool.route(request));
            Reply reply;
            try {
                reply = acquire(pool, asked);
            } catch (StoreUnavailableException e) {
                return withoutRedis(pool, want, e);
            }
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

    /** When a caller gives up what others do for it. */
    Deadline until(@Nullable Deadline deadline) {
        return senders.until(deadline);
    }

    /** Whether Redis need not be asked. */
    boolean isHopeless(Route route) {
        return closed || route.leadsNowhere() || route.priceless();
    }

    /** One acquire on its way to Redis; {@code before} by this worker's clock, {@code seen} of the pool's sequence. */
    record Asked(Want want, String groups, String id, List<String> args, SequenceWatch.Mark seen, long before) {
        LeaseRequest request() {
            return want.request();
        }
    }

    /**
     * What the reply to an acquire comes to; null if it is to be asked again. What this worker cannot use is given back.
     *
     * @throws StoreUnavailableException if it was granted, but has no copy where the pool asks for one
     */
    @Nullable
    Attempt judge(PoolSession pool, Asked asked, Reply reply) {
        observe(pool, reply, asked.seen);
        switch (reply.status()) {
            case "GRANTED" -> {
                pool.switched.usual(reply.number(1));
                LeaseRecord record = LeaseRecord.parse(reply.text(6));
                if (reply.doubt().isPresent()) {
                    return uncopied(pool, asked, record, reply.doubt().get());
                }
                Optional<ApiSecret> secret = pool.secret(record.key());
                if (secret.isPresent()) {
                    return granted(pool, asked, record, secret.get(), reply);
                }
                unusable(pool, record);
                giveBack(pool, asked.id, record);
            }
            case "DENIED" -> {
                boolean astray = reply.text(4).equals(Reason.NO_KEY.name()) && isAstray(pool, asked);
                return astray ? null : denied(pool, asked, reply);
            }
            case "OPEN" -> {
                pool.switched.passed(reply.number(1));
                return passed(pool, asked.request(), asked.id);
            }
            case "SHADOW" -> {
                pool.switched.usual(reply.number(1));
                pool.switched.shadowed(Reason.valueOf(reply.text(4)), hint(reply));
                return passed(pool, asked.request(), asked.id);
            }
            case "STALE" -> log.debug("pool {}: acquire {} was stale", pool.config.id(), asked.id);
            case "NO_POOL" -> senders.run(Script.REGISTER, asked.want.deadline(), pool::registerAgain);
            default -> throw reply.unexpected();
        }
        return null;
    }

    /** Whether there was no key because another configuration has moved the accounts to other groups. */
    private boolean isAstray(PoolSession pool, Asked asked) {
        try {
            senders.run(Script.REGISTER, asked.want.deadline(), pool::follow);
        } catch (StoreUnavailableException e) {
            log.debug("pool {}: its groups are not looked for now: {}", pool.config.id(), e.getMessage());
        }
        return !pool.route(asked.request()).groups().equals(asked.groups());
    }

    private static Duration hint(Reply denial) {
        return Duration.ofNanos(denial.number(5) * 1_000);
    }

    private static Attempt denied(PoolSession pool, Asked asked, Reply reply) {
        Reason reason = Reason.valueOf(reply.text(4));
        if (reason == Reason.SWITCHED_OFF) {
            pool.switched.denied(reply.number(1));
        } else {
            pool.switched.usual(reply.number(1));
        }
        boolean leaves = pool.config.headroom().leftBy(asked.request().priority()) > 0;
        return Attempt.denied(pool.config.id(), reason, hint(reply), isRegistered(reply), leaves);
    }

    /**
     * What a request comes to that Redis could not be asked for.
     *
     * @throws StoreUnavailableException the reason, where the pool is closed then
     */
    Attempt withoutRedis(PoolSession pool, LeaseRequest request, StoreUnavailableException why) {
        if (pool.share.isWanted() && StoreWatch.isUnserved(why)) {
            return withinShare(pool, request, why);
        }
        pool.store.passOrThrow(why);
        return passed(pool, request, ids.next());
    }

    /** Who waits is told to ask again soon, for Redis may answer at any time. */
    private Attempt withinShare(PoolSession pool, LeaseRequest request, StoreUnavailableException why) {
        WorkerShare.Answer answer = pool.switched.denies()
                ? WorkerShare.Answer.NOTHING
                : pool.share.pass(request, pool.roster(request), pool.route(request)::cost);
        WorkerShare.Passed call = answer.passed();
        if (call != null) {
            Optional<ApiSecret> secret = pool.secret(call.pick().key());
            if (secret.isPresent()) {
                pool.store.passes();
                return Attempt.passed(new UncoordinatedLease(
                        pool,
                        ids.next(),
                        call.pick(),
                        secret.get(),
                        outcome -> call.ended(outcome, used(pool, request, outcome))));
            }
            call.ended(Outcome.unused(), Optional.empty());
        }
        if (answer.waitNanos() == ShareMeter.NEVER || Want.isNow(request)) {
            throw pool.store.refused(why);
        }
        return Attempt.denied(
                pool.config.id(),
                Reason.RATE_LIMITED,
                Duration.ofNanos(Math.min(MOST_REST_NANOS, Math.max(1, answer.waitNanos()))));
    }

    private static Optional<ShareLimits.Cost> used(PoolSession pool, LeaseRequest request, Outcome outcome) {
        return outcome.usage()
                .map(usage -> new ShareLimits.Cost(
                        usage.inputTokens(), usage.outputTokens(), Math.max(0, pool.cost(request.model(), usage))));
    }

    /** Whoever gave the deadline knows what comes after it. */
    private Attempt withoutRedis(PoolSession pool, Want want, StoreUnavailableException why) {
        if (want.deadline() != null && why.trouble() == StoreUnavailableException.Trouble.LATE) {
            throw why;
        }
        return withoutRedis(pool, want.request(), why);
    }

    /** A lease that Redis does not know of, with the key whose turn it is in this worker. */
    private static Attempt passed(PoolSession pool, LeaseRequest request, String id) {
        return pool.roster(request)
                .next(request)
                .map(pick -> Attempt.passed(new UncoordinatedLease(
                        pool, id, pick, pool.secret(pick.key()).orElseThrow(), outcome -> {})))
                .orElseGet(() -> Attempt.denied(pool.config.id(), Reason.NO_KEY, Duration.ZERO));
    }

    /**
     * What every reply tells: the server's clock, whether Redis has lost state since {@code seen}, and whether keys have left
     * service that leases here wait for.
     */
    private void observe(PoolSession pool, Reply reply, SequenceWatch.Mark seen) {
        if (reply.size() < 4) {
            return;
        }
        pool.clock.observe(reply.number(1));
        if (pool.sequence.tellsOfLoss(seen, reply.number(2))) {
            inBackground(pool, pool::recover);
        }
        if (pool.hasNewLosses(reply.number(3))) {
            inBackground(pool, pool::check);
        }
    }

    private void inBackground(PoolSession pool, Runnable task) {
        try {
            background.execute(() -> LeaseKeeper.guarded(task));
        } catch (RejectedExecutionException e) {
            log.debug("pool {}: closed, nothing is looked after any more", pool.config.id());
        }
    }

    Asked ask(PoolSession pool, Want want, Route route) {
        LeaseRequest request = want.request();
        Standing standing = want.standing();
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
                Long.toString(want.maxWaitNanos() / 1_000),
                route.groups(),
                excludedKeys(pool, request, route),
                String.join(",", request.excludedAccounts()),
                route.budgets(),
                prefer(pool, request),
                request.model(),
                standing.ticket(),
                standing.room(),
                standing.next(),
                Script.word(request.priority()));
        return new Asked(want, route.groups(), id, args, pool.sequence.mark(), System.nanoTime());
    }

    private Reply acquire(PoolSession pool, Asked asked) {
        if (pool.isOutOfReach()) {
            throw pool.notAsked(Script.ACQUIRE);
        }
        try {
            return pool.calls.run(Script.ACQUIRE, asked.args, asked.want.deadline(), end -> late(pool, asked, end));
        } catch (StoreUnavailableException e) {
            unanswered(pool, asked, e);
            throw e;
        }
    }

    /**
     * For an acquire whose reply was lost: if it was granted it ends, if it comes yet it is refused. One that was answered with an
     * error has not been granted.
     */
    static void unanswered(PoolSession pool, Asked asked, StoreUnavailableException why) {
        pool.store.failed(why);
        if (why.trouble() == StoreUnavailableException.Trouble.AWAY) {
            pool.outbox.keep(Settlement.unused(asked.id, ""));
        }
    }

    /** Of an acquire whose caller has gone: a lease ends at once, and nobody waits where Redis believes so. */
    private void late(PoolSession pool, Asked asked, Supplier<Reply> end) {
        try {
            Reply reply = end.get();
            observe(pool, reply, asked.seen);
            if (reply.status().equals("GRANTED")) {
                LeaseRecord record = LeaseRecord.parse(reply.text(6));
                pool.sequence.charged(record.owners(), reply.number(2));
                giveBack(pool, asked.id, record);
            } else if (reply.status().equals("DENIED") && isRegistered(reply)) {
                pool.rooms.gone(asked.want.standing().room());
            }
        } catch (StoreUnavailableException e) {
            unanswered(pool, asked, e);
        } catch (RuntimeException e) {
            log.error("pool {}: acquire {} has failed after its caller had gone", pool.config.id(), asked.id, e);
        }
    }

    private static boolean isRegistered(Reply denial) {
        return denial.size() > 6 && denial.number(6) == 1;
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
                this,
                pool,
                asked.id,
                record,
                secret,
                asked.request().model(),
                asked.before + waitNanos,
                reply.number(5));
        pool.leases.put(asked.id, lease);
        pool.sequence.charged(record.owners(), reply.number(2));
        long now = System.nanoTime();
        return Attempt.granted(lease, waitNanos == 0 ? now : now + waitNanos);
    }

    /** A lease that might be forgotten is none to a pool that asks for durability: it is given back, as if Redis had refused it. */
    private Attempt uncopied(PoolSession pool, Asked asked, LeaseRecord record, RedisError doubt) {
        giveBack(pool, asked.id, record);
        return withoutRedis(pool, asked.want, pool.copies.missing(Script.ACQUIRE, doubt));
    }

    private static void unusable(PoolSession pool, LeaseRecord record) {
        if (pool.secrets.isNews(record.key())) {
            log.warn("pool {}: key {} is unknown to this worker and left to others", pool.config.id(), record.key());
        }
    }

    /** Ends a lease that nobody has used, and waits for nothing. */
    private static void giveBack(PoolSession pool, String id, LeaseRecord record) {
        List<String> args = Settlement.unused(id, record.text());
        if (pool.store.isAway()) {
            pool.outbox.keep(args);
            return;
        }
        pool.calls.post(args, end -> {
            try {
                var unused = end.get();
            } catch (StoreUnavailableException e) {
                pool.store.failed(e);
                pool.outbox.keep(args);
            } catch (RuntimeException e) {
                log.error("pool {}: lease {} could not be given back", pool.config.id(), id, e);
            }
        });
    }

    /** Ends a lease that nobody has used, and waits for nothing. */
    void giveBack(RedisLease lease) {
        PoolSession pool = lease.session();
        giveBack(pool, lease.id(), lease.record());
        pool.leases.remove(lease.id());
        pool.rooms.settled();
    }

    boolean renew(RedisLease lease) {
        if (lease.session().store.isAway()) {
            throw lease.session().store.notAsked(Script.RENEW);
        }
        return keeper.renew(lease.session(), List.of(lease));
    }

    /** Never throws: what Redis does not take now is kept and repeated. */
    void settle(RedisLease lease, Outcome outcome) {
        PoolSession pool = lease.session();
        if (outcome.kind() == Outcome.Kind.KEY_FAILED) {
            pool.secrets.refused(lease.keyId());
        }
        pool.share.saw(lease.keyId(), lease.accountId(), outcome);
        long cost =
                outcome.usage().map(usage -> pool.cost(lease.model(), usage)).orElse(-1L);
        List<String> args = Settlement.args(lease.id(), lease.told(), outcome, cost, lease.model(), lease.latencyMs());
        try {
            if (pool.store.isAway()) {
                pool.outbox.keep(args);
                return;
            }
            SequenceWatch.Mark seen = pool.sequence.mark();
            Reply reply = pool.calls.run(Script.SETTLE, args, null, PoolCalls.Late.NOTHING);
            observe(pool, reply, seen);
            if (reply.size() > 2) {
                pool.sequence.charged(lease.record().owners(), reply.number(2));
            }
            Settlement.log(pool, lease, outcome, reply);
            if (reply.doubt().isPresent()) {
                pool.copies.missing();
                pool.outbox.keepForACopy(args);
            }
        } catch (StoreUnavailableException e) {
            pool.store.failed(e);
            log.warn("pool {}: settlement of lease {} is kept for later: {}", lease.pool(), lease.id(), e.getMessage());
            pool.outbox.keep(args);
        } finally {
            pool.leases.remove(lease.id());
            pool.rooms.settled();
        }
    }
}
