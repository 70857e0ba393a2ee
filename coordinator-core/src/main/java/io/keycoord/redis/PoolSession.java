package io.keycoord.redis;

import io.keycoord.ApiSecret;
import io.keycoord.LeaseRequest;
import io.keycoord.PoolInfo;
import io.keycoord.SecretSource;
import io.keycoord.StoreUnavailableException;
import io.keycoord.Usage;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.Durability;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this worker knows of one pool: its plan, the secrets it has, its leases. Safe for use by many threads. */
final class PoolSession {
    private static final int MODELS_REMEMBERED = 1_024;
    private static final int ROSTERS_REMEMBERED = 64;
    private static final int LEASES_PER_CALL = 100;
    private static final int CHECKED_PER_CALL = 1_000;
    private static final int OWNERS_PER_CALL = 100;
    private static final Logger log = LoggerFactory.getLogger(PoolSession.class);
    private static final long FOLLOW_PAUSE_NANOS = Duration.ofMillis(100).toNanos();

    final PoolConfig config;
    final PoolPlan plan;
    final String meta;
    final PoolInfo info;
    final PoolCalls calls;
    final ServerClock clock;
    final PoolRegistration registration;
    final ConcurrentMap<String, RedisLease> leases = new ConcurrentHashMap<>();

    /** How many leases are in use that Redis does not know of. */
    final AtomicLong uncoordinated = new AtomicLong();

    final SwitchWatch switched;
    final StoreWatch store;
    final CopyWatch copies;

    /** For acquires and settlements, singly or many in one call. */
    final CopiedCalls leasing;

    final SequenceWatch sequence;
    final Outbox outbox;

    private final AtomicLong losses = new AtomicLong();

    private final ScriptRunner scripts;
    private final LongSupplier nanoTime;
    private final ReentrantLock following = new ReentrantLock();
    private final ReentrantLock recovering = new ReentrantLock();
    private long followedNanos; // guarded by following

    /** Whether Redis has yet to hear of the leases here after a loss. */
    private volatile boolean leasesAreToBeTold;

    /** The revision of the configuration whose groups are known; empty if none is. */
    private volatile String followed = "";

    /** How long after its start a lease may still be sent, in nanoseconds. */
    final long sendWithinNanos;

    final KeySecrets secrets;

    private final ConcurrentMap<RouteName, Route> routes = new ConcurrentHashMap<>();

    /** How often the groups have been numbered anew; written under the monitor of routes. */
    private volatile long numbering;

    private final ConcurrentMap<RosterName, Roster> rosters = new ConcurrentHashMap<>();
    final WaitingRooms rooms;
    final WorkerShare share;

    PoolSession(
            PoolConfig config,
            Keyspace keyspace,
            ScriptRunner scripts,
            BiFunction<ScriptRunner, String, PoolCalls> calls,
            SecretSource source,
            String worker,
            Wakeups wakeups,
            LongSupplier nanoTime) {
        this.config = config;
        this.scripts = scripts;
        this.sequence = new SequenceWatch(nanoTime);
        this.nanoTime = nanoTime;
        this.followedNanos = nanoTime.getAsLong() - FOLLOW_PAUSE_NANOS;
        this.plan = new PoolPlan(config);
        this.meta = keyspace.meta(config.id());
        this.copies = new CopyWatch(config.id(), config.durability());
        this.leasing = new CopiedCalls(scripts, config, copies);
        this.calls = calls.apply(leasing, meta);
        this.info = new PoolInfo(config.id(), config.provider(), config.baseUrl(), config.headers());
        this.clock = new ServerClock(nanoTime);
        this.rooms = new WaitingRooms(scripts, meta, worker, wakeups);
        String incarnation = worker + "-" + Long.toHexString(new SecureRandom().nextLong());
        this.share = new WorkerShare(config, scripts, meta, incarnation, clock, nanoTime);
        this.switched = new SwitchWatch(config.id(), nanoTime);
        this.store = new StoreWatch(config.id(), config.whenRedisIsDown(), nanoTime);
        this.outbox = new Outbox(config.id(), config.leaseTtl().toNanos(), nanoTime);
        this.registration = new PoolRegistration(scripts, keyspace, config.id());
        this.sendWithinNanos = sendWithin(config);
        this.secrets = new KeySecrets(config, source, nanoTime, this::keyIsUsable);
    }

    private static long sendWithin(PoolConfig config) {
        return config.accounts().stream()
                .flatMap(AccountConfig::allLimits)
                .flatMap(limits -> limits.rates().values().stream().flatMap(List::stream))
                .map(RateLimit::arrivalJitter)
                .filter(jitter -> !jitter.isZero())
                .mapToLong(Duration::toNanos)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    void register() {
        register(PoolRegistration.Start.FULL);
    }

    /**
     * Finds out whether its durability can be had. If there is only no copy now, there may be one later.
     *
     * @throws StoreUnavailableException if Redis cannot be asked for copies
     */
    void requireDurability() {
        if (config.durability() == Durability.NONE) {
            return;
        }
        Reply reply = leasing.ask(meta);
        reply.doubt().filter(why -> !why.code().equals(RedisError.UNCOPIED)).ifPresent(why -> {
            throw copies.refused(why);
        });
        copies.saw(reply);
    }

    /** After there were no copies: whether there are again. */
    void lookForCopies() {
        if (copies.isLacking()) {
            copies.saw(leasing.ask(meta));
        }
    }

    /** Whether it is known that a request would not be served. */
    boolean isOutOfReach() {
        return store.isAway() || copies.isLacking();
    }

    /** What a request fails with that is not sent. */
    StoreUnavailableException notAsked(Script script) {
        return store.isAway() ? store.notAsked(script) : copies.notAsked(script);
    }

    private void register(PoolRegistration.Start start) {
        boolean holds = registration.register(plan, start) != Registered.OLDER;
        followed = holds ? plan.revision() : "";
        if (!holds) {
            follow();
        }
    }

    /**
     * Goes where another configuration has moved the accounts: each that has other limits is in another group. Asks Redis
     * at most ten times a second; who comes meanwhile waits for the answer.
     */
    void follow() {
        following.lock();
        try {
            long now = nanoTime.getAsLong();
            if (now - followedNanos >= FOLLOW_PAUSE_NANOS) {
                followedNanos = now;
                registration
                        .holding(plan)
                        .filter(holds -> !holds.equals(followed))
                        .flatMap(holds -> registration.groups(plan))
                        .ifPresent(this::go);
            }
        } finally {
            following.unlock();
        }
    }

    private void go(PoolRegistration.Groups groups) {
        if (plan.find(groups.numbers())) {
            forgetRoutes();
        }
        followed = groups.revision();
    }

    private void forgetRoutes() {
        synchronized (routes) {
            numbering++;
            routes.clear();
            rosters.clear();
        }
    }

    /** After its state was lost. Groups are numbered in the order of their registration, so they may have other numbers. */
    void registerAgain() {
        log.error("pool {}: its state in Redis is lost; it begins again with empty limits", config.id());
        long seen = sequence.mark().sequence();
        sequence.restart();
        losses.set(0);
        leasesAreToBeTold = true;
        share.forget();
        register(PoolRegistration.Start.EMPTY);
        forgetRoutes();
        // Its sequence goes on where no worker has been, so that those notice too who had seen less than it counts
        // soon.
        recover(seen, List.of(""));
        tellOfLeases();
    }

    /** One call of {@code lua/renew.lua} for leases that are in use. */
    Reply renew(List<RedisLease> held) {
        return renew(held, List.of());
    }

    private Reply renew(List<RedisLease> held, List<RedisLease> waiting) {
        String ttl = Long.toString(config.leaseTtl().toMillis());
        return scripts.run(Script.RENEW, meta, List.of("", ttl, ids(held), ids(waiting)));
    }

    private static String ids(List<RedisLease> leases) {
        return String.join(",", leases.stream().map(RedisLease::id).toList());
    }

    /** Asks which of the leases that have not started can no longer be used, and tells those who wait for them. */
    void check() {
        List<RedisLease> waiting = leases.values().stream()
                .filter(RedisLease::isWaiting)
                .limit(CHECKED_PER_CALL)
                .toList();
        if (waiting.isEmpty()) {
            return;
        }
        Reply reply = renew(List.of(), waiting);
        boolean known = reply.status().equals("RENEWED");
        Set<String> lost = known ? Set.of(reply.text(6).split(",")) : Set.of();
        // A pool that has gone took all of them with it.
        waiting.stream().filter(lease -> !known || lost.contains(lease.id())).forEach(RedisLease::lose);
    }

    /** After a loss: who waits for a reservation learns whether it is gone, and Redis of the calls under way. */
    private void tellOfLeases() {
        check();
        holdAgain(leases.values());
        leasesAreToBeTold = false;
    }

    /**
     * Tells Redis of leases that it may have lost: those that it does not know take their slots again, if their calls are under
     * way. What is still to start is left out, for its reservation is gone.
     *
     * @return the ids of those that have their slots again
     * @throws StoreUnavailableException if Redis does not answer; then nothing, or nothing twice, has happened
     */
    Set<String> holdAgain(Collection<RedisLease> told) {
        List<RedisLease> held = told.stream()
                .filter(lease -> !lease.isSettled() && !lease.isWaiting())
                .toList();
        Set<String> taken = new HashSet<>();
        for (int i = 0; i < held.size(); i += LEASES_PER_CALL) {
            taken.addAll(hold(held.subList(i, Math.min(i + LEASES_PER_CALL, held.size()))));
        }
        if (!taken.isEmpty()) {
            log.warn("pool {}: {} calls under way take their slots again", config.id(), taken.size());
        }
        return taken;
    }

    private Set<String> hold(List<RedisLease> held) {
        List<String> args =
                new ArrayList<>(List.of("", Long.toString(config.leaseTtl().toMillis())));
        for (RedisLease lease : held) {
            // One that is settled meanwhile gives nothing back, known or not.
            lease.heldAgain(true);
            args.add(lease.id() + " " + lease.record().unstamped());
        }
        Reply reply = scripts.run(Script.HOLD, meta, args);
        if (!reply.status().equals("HELD")) {
            return Set.of();
        }
        Set<String> taken =
                reply.text(5).isEmpty() ? Set.of() : Set.of(reply.text(5).split(","));
        for (RedisLease lease : held) {
            if (taken.contains(lease.id())) {
                lease.expiresMs(reply.number(4));
            } else {
                lease.heldAgain(false);
            }
        }
        return taken;
    }

    /**
     * After Redis has lost what this worker had seen, and kept the rest: what it was charged for since begins with empty limits.
     * Does nothing if nothing is lost.
     *
     * @throws StoreUnavailableException if Redis does not answer; then a repeat is due
     */
    void recover() {
        if (!recovering.tryLock()) {
            return;
        }
        try {
            sequence.lost().ifPresent(this::recover);
            if (leasesAreToBeTold) {
                tellOfLeases();
            }
        } finally {
            recovering.unlock();
        }
    }

    private void recover(long seen) {
        Reply first = recover(seen, List.of(""));
        if (first.status().equals("RECOVERED")) {
            List<String> owners = sequence.chargedAfter(first.number(4));
            for (int i = 0; i < owners.size(); i += OWNERS_PER_CALL) {
                recover(seen, owners.subList(i, Math.min(i + OWNERS_PER_CALL, owners.size())));
            }
            log.error(
                    "pool {}: Redis has lost what came after operation {} of at least {}: the limits of {} accounts, keys and"
                            + " budgets that this worker was charged for since begin empty",
                    config.id(),
                    first.number(4),
                    seen,
                    owners.size());
            register(PoolRegistration.Start.EMPTY);
            share.forget();
            forgetRoutes();
            tellOfLeases();
        }
        sequence.madeUp();
    }

    private Reply recover(long seen, List<String> owners) {
        List<String> args = new ArrayList<>(List.of("", Long.toString(seen)));
        args.addAll(owners);
        return scripts.run(Script.RECOVER, meta, args);
    }

    /** Whether a reply tells of a key that has left service since the last one did. */
    boolean hasNewLosses(long replied) {
        long seen = losses.get();
        return replied > seen && losses.compareAndSet(seen, replied);
    }

    /** A key has got a secret that this worker did not have. */
    private void keyIsUsable() {
        forgetRoutes();
        rooms.signal();
    }

    /** The secret of a key, if this worker has it. */
    Optional<ApiSecret> secret(String keyId) {
        return secrets.of(keyId);
    }

    String withoutSecret() {
        return secrets.missing();
    }

    private record RouteName(String model, String tenant) {}

    /**
     * Where requests like this one may go.
     *
     * @throws IllegalArgumentException if the pool has no such tenant
     */
    Route route(LeaseRequest request) {
        return route(request.model(), request.tenant().orElse(PoolPlan.NO_TENANT));
    }

    private Route route(String model, String tenant) {
        RouteName name = new RouteName(model, tenant);
        Route known = routes.get(name);
        if (known != null) {
            return known;
        }
        long numbered = numbering;
        Route route = plan.route(model, tenant);
        remember(numbered, routes, MODELS_REMEMBERED, name, route);
        return route;
    }

    /** Requests of models and tenants that may go to the same groups and keys are served by the same. */
    private record RosterName(String groups, Set<String> keysOfOthers) {}

    /** Who can serve requests like this one. */
    Roster roster(LeaseRequest request) {
        Route route = route(request);
        RosterName name = new RosterName(route.groups(), route.keysOfOthers());
        Roster known = rosters.get(name);
        if (known != null) {
            return known;
        }
        long numbered = numbering;
        Roster roster =
                new Roster(plan.seats(request.model(), request.tenant().orElse(PoolPlan.NO_TENANT), secrets::has));
        remember(numbered, rosters, ROSTERS_REMEMBERED, name, roster);
        return rosters.getOrDefault(name, roster);
    }

    /** Unless the groups have got other numbers since it was made. */
    private <K, V> void remember(long numbered, ConcurrentMap<K, V> memory, int most, K name, V made) {
        synchronized (routes) {
            if (numbered == numbering && memory.size() < most) {
                memory.putIfAbsent(name, made);
            }
        }
    }

    /** Whether calls are under way. */
    boolean isBusy() {
        return !leases.isEmpty() || uncoordinated.get() > 0;
    }

    /** What a call of a model has cost, in millionths of a US dollar, if the provider did not say; -1 if nobody knows. */
    long cost(String model, Usage usage) {
        Route route = route(model, PoolPlan.NO_TENANT);
        long byTable = route.price().isPresent() ? route.cost(usage.inputTokens(), usage.outputTokens()) : -1;
        return usage.microUsd().orElse(byTable);
    }

    /** Where those wait who want the same models for the same budgets, and are as important. */
    WaitingRoom room(LeaseRequest request) {
        return rooms.of(route(request), request.priority());
    }
}
