package io.keycoord.redis;

import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RedisDownPolicy;
import io.keycoord.config.TenantConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.ToLongBiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The share of a pool's limits that this worker may use while Redis does not answer, where the pool's {@code whenRedisIsDown} is
 * {@code local-share}: it tells Redis every two seconds that it is there, and is told its share; {@code lua/lib/presence.lua} has
 * the rules. Cut off, it waits until Redis must have noticed, and then lets calls pass by {@link ShareLimits}, with those keys alone
 * that it has used well. Safe for use by many threads.
 */
final class WorkerShare {
    /** How often the worker tells that it is there. */
    static final Duration PAUSE = Duration.ofSeconds(2);

    /** After this long without a word Redis withholds the share. */
    private static final long LAPSE_NANOS = Duration.ofSeconds(10).toNanos();

    /** By this much this worker is later, for clocks differ in their rate, and estimates of them by a round trip. */
    private static final long MARGIN_NANOS = Duration.ofSeconds(2).toNanos();

    /** How long the share is used at most; Redis withholds it for longer. */
    private static final long LONGEST_NANOS = Duration.ofSeconds(290).toNanos();

    private static final Duration SHORTEST_BLOCK = Duration.ofSeconds(1);
    private static final Logger log = LoggerFactory.getLogger(WorkerShare.class);

    private final PoolConfig config;
    private final ScriptRunner scripts;
    private final String meta;
    private final String id;
    private final ServerClock clock;
    private final LongSupplier nanoTime;
    private final Map<String, AccountConfig> accounts = new HashMap<>();
    private final Map<String, TenantConfig> tenants = new HashMap<>();
    private final String windowMs;

    private long share; // guarded by this, as all below
    private boolean told;
    private long toldNanos;
    private @Nullable ShareLimits limits;
    private int underWay;

    /** The instants from which keys may be used that were used well the last time, and accounts that were blocked. */
    private final Map<String, Long> usable = new HashMap<>();

    private final Map<String, Long> blocked = new HashMap<>();

    /** @param id unique to this process, so that nobody else is told its share */
    WorkerShare(
            PoolConfig config, ScriptRunner scripts, String meta, String id, ServerClock clock, LongSupplier nanoTime) {
        this.config = config;
        this.scripts = scripts;
        this.meta = meta;
        this.id = id;
        this.clock = clock;
        this.nanoTime = nanoTime;
        config.accounts().forEach(account -> accounts.put(account.id(), account));
        config.tenants().forEach(tenant -> tenants.put(tenant.id(), tenant));
        this.windowMs = Long.toString(Math.max(1, longestSpan(config).toMillis()));
    }

    /** The longest of what counts what was let pass. */
    private static Duration longestSpan(PoolConfig config) {
        return limits(config)
                .flatMap(limits -> limits.rates().values().stream().flatMap(List::stream))
                .filter(limit -> limit.window().compareTo(ShareMeter.LONGEST) <= 0)
                .map(ShareMeter::spanNanos)
                .max(Long::compare)
                .map(Duration::ofNanos)
                .orElse(Duration.ZERO);
    }

    private static Stream<LimitConfig> limits(PoolConfig config) {
        Stream<LimitConfig> ofAccounts = config.accounts().stream()
                .flatMap(account -> Stream.of(
                                account.limits().stream(),
                                Stream.of(account.overall()),
                                account.keys().stream().map(KeyConfig::overall))
                        .flatMap(limits -> limits));
        Stream<LimitConfig> ofTenants = config.tenants().stream()
                .flatMap(tenant -> Stream.concat(tenant.limits().stream(), Stream.of(tenant.overall())));
        return Stream.of(ofAccounts, ofTenants, Stream.of(config.overall())).flatMap(all -> all);
    }

    /** Whether the pool wants it at all. */
    boolean isWanted() {
        return config.whenRedisIsDown() == RedisDownPolicy.LOCAL_SHARE;
    }

    /**
     * Tells Redis that this worker is there.
     *
     * @throws StoreUnavailableException if Redis does not answer
     */
    void tell() {
        long before;
        long beforeNanos;
        String how;
        synchronized (this) {
            long now = nanoTime.getAsLong();
            before = share;
            beforeNanos = toldNanos;
            // Redis may hold it for lapsed, and after this call release what it withholds: so it is not used again.
            if (told && now - toldNanos > LAPSE_NANOS - MARGIN_NANOS) {
                forget();
            }
            told = true;
            toldNanos = now;
            how = underWay > 0 ? "busy" : "here";
        }
        Reply reply;
        try {
            reply = run(how);
        } catch (StoreUnavailableException e) {
            if (e.trouble() == Trouble.UNABLE) {
                notTold(before, beforeNanos);
            }
            throw e;
        }
        if (reply.status().equals("PRESENT")) {
            clock.observe(reply.number(1));
            take(reply.number(4));
        }
    }

    private Reply run(String how) {
        String believed;
        synchronized (this) {
            believed = Long.toString(share);
        }
        return scripts.run(Script.PRESENT, meta, List.of("", id, clock.estimate(), how, believed, windowMs));
    }

    /** Redis has refused to take it: as if it had not been said. */
    private synchronized void notTold(long before, long beforeNanos) {
        share = before;
        toldNanos = beforeNanos;
    }

    private synchronized void take(long given) {
        if (nanoTime.getAsLong() - toldNanos <= LAPSE_NANOS - MARGIN_NANOS) {
            share = given;
        }
    }

    /** After Redis has lost its state: nobody withholds a share of before. */
    synchronized void forget() {
        share = 0;
        limits = null;
    }

    /** Tells Redis that this worker goes, so that nothing is withheld for it; if it does not answer, something is. */
    void leave() {
        if (!isWanted()) {
            return;
        }
        forget();
        try {
            var unused = run("gone");
        } catch (StoreUnavailableException e) {
            log.debug("pool {}: not told that this worker goes: {}", config.id(), e.getMessage());
        }
    }

    /** One call that was let pass, until it ends. */
    final class Passed {
        private final Roster.Pick pick;
        private final ShareLimits within;
        private final List<ShareLimits.Owner> owners;
        private final ShareLimits.Cost charged;

        private Passed(Roster.Pick pick, ShareLimits within, List<ShareLimits.Owner> owners, ShareLimits.Cost charged) {
            this.pick = pick;
            this.within = within;
            this.owners = owners;
            this.charged = charged;
        }

        Roster.Pick pick() {
            return pick;
        }

        /** @param used what it is known to have used; empty if that is not known */
        void ended(Outcome outcome, Optional<ShareLimits.Cost> used) {
            synchronized (WorkerShare.this) {
                underWay--;
                within.end(owners, used.orElse(charged).beyond(charged), nanoTime.getAsLong());
            }
            saw(pick.key(), pick.account(), outcome);
        }
    }

    /** What a request comes to: a call that passes, or how long until one might; neither if none will. */
    record Answer(@Nullable Passed passed, long waitNanos) {
        static final Answer NOTHING = new Answer(null, ShareMeter.NEVER);
    }

    /** Lets the request pass if this worker's share allows it. */
    synchronized Answer pass(LeaseRequest request, Roster roster, ToLongBiFunction<Long, Long> price) {
        long now = nanoTime.getAsLong();
        if (share == 0 || !told || now - toldNanos >= LAPSE_NANOS + LONGEST_NANOS) {
            return Answer.NOTHING;
        }
        if (limits == null) {
            limits = new ShareLimits(
                    share,
                    toldNanos + LAPSE_NANOS + MARGIN_NANOS,
                    toldNanos + LAPSE_NANOS + config.leaseTtl().toNanos());
        }
        ShareLimits within = limits;
        ShareLimits.Cost cost = new ShareLimits.Cost(
                request.inputTokens(),
                request.outputTokens(),
                price.applyAsLong(request.inputTokens(), request.outputTokens()));
        long[] earliest = {ShareMeter.NEVER};
        Optional<Roster.Pick> pick = roster.next(request, candidate -> {
            long at = Math.max(usableFrom(candidate), within.earliest(owners(request, candidate), cost, now));
            earliest[0] = Math.min(earliest[0], at);
            return at <= now;
        });
        if (pick.isEmpty()) {
            return earliest[0] == ShareMeter.NEVER ? Answer.NOTHING : new Answer(null, earliest[0] - now);
        }
        List<ShareLimits.Owner> owners = owners(request, pick.get());
        within.take(owners, cost, now);
        underWay++;
        return new Answer(new Passed(pick.get(), within, owners, cost), 0);
    }

    private long usableFrom(Roster.Pick pick) {
        long key = usable.getOrDefault(pick.key(), ShareMeter.NEVER);
        return Math.max(key, blocked.getOrDefault(pick.account(), Long.MIN_VALUE));
    }

    private List<ShareLimits.Owner> owners(LeaseRequest request, Roster.Pick pick) {
        List<ShareLimits.Owner> owners = new ArrayList<>();
        AccountConfig account = accounts.get(pick.account());
        if (account != null) {
            covering(account.limits(), request.model(), "account:" + account.id(), owners);
            add("account:" + account.id() + "/overall", account.overall(), owners);
            account.keys().stream()
                    .filter(key -> key.id().equals(pick.key()))
                    .forEach(key -> add("key:" + key.id(), key.overall(), owners));
        }
        request.tenant().map(tenants::get).ifPresent(tenant -> {
            covering(tenant.limits(), request.model(), "tenant:" + tenant.id(), owners);
            add("tenant:" + tenant.id() + "/overall", tenant.overall(), owners);
        });
        add("pool", config.overall(), owners);
        return owners;
    }

    private static void covering(List<LimitConfig> classes, String model, String id, List<ShareLimits.Owner> owners) {
        for (int i = 0; i < classes.size(); i++) {
            if (classes.get(i).covers(model)) {
                add(id + "/" + (i + 1), classes.get(i), owners);
                return;
            }
        }
    }

    private static void add(String id, LimitConfig limits, List<ShareLimits.Owner> owners) {
        if (!limits.isEmpty()) {
            owners.add(new ShareLimits.Owner(id, limits));
        }
    }

    /** What a call tells of its key: without Redis only keys are used whose last call went well. */
    synchronized void saw(String key, String account, Outcome outcome) {
        if (!isWanted()) {
            return;
        }
        long now = nanoTime.getAsLong();
        if (outcome.kind() == Outcome.Kind.SUCCESS) {
            usable.put(key, now);
        } else if (outcome.kind() == Outcome.Kind.KEY_FAILED) {
            usable.remove(key);
        }
        Duration rest = outcome.block().duration();
        long until = now + (rest.compareTo(SHORTEST_BLOCK) < 0 ? SHORTEST_BLOCK : rest).toNanos();
        switch (outcome.block().scope()) {
            case KEY -> usable.replace(key, until);
            case ACCOUNT, ACCOUNT_MODELS -> blocked.put(account, until);
            case NONE, ENDPOINT -> {
                // Neither is about this key.
            }
        }
    }
}
