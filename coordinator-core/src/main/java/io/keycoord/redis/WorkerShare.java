package io.keycoord.redis;

import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RedisDownPolicy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongBinaryOperator;
import java.util.function.LongSupplier;
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
    private final ShareOwners owners;
    private final String windowMs;
    private Told told; // guarded by this, as all below
    private int underWay;

    /** The instants from which keys may be used that were used well the last time, and accounts that were blocked. */
    private final Map<String, Long> usable = new HashMap<>();

    private final Map<String, Long> blocked = new HashMap<>();

    /**
     * What Redis was told of this worker at last.
     *
     * @param share that this worker goes by, in millionths
     * @param atNanos when that was
     * @param limits what has been used of it since; null for nothing
     */
    private record Told(long share, long atNanos, @Nullable ShareLimits limits) {
        Told within(ShareLimits used) {
            return new Told(share, atNanos, used);
        }
    }

    /** @param id unique to this process, so that nobody else is told its share */
    WorkerShare(
            PoolConfig config, ScriptRunner scripts, String meta, String id, ServerClock clock, LongSupplier nanoTime) {
        this.config = config;
        this.scripts = scripts;
        this.meta = meta;
        this.id = id;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.owners = new ShareOwners(config);
        this.windowMs = Long.toString(Math.max(1, longestSpan(config).toMillis()));
        this.told = new Told(0, nanoTime.getAsLong(), null);
    }

    /** The longest of what counts what was let pass. */
    private static Duration longestSpan(PoolConfig config) {
        return config.allLimits()
                .flatMap(limits -> limits.rates().entrySet().stream())
                .flatMap(rates -> rates.getValue().stream().filter(limit -> LimitRow.isDivided(rates.getKey(), limit)))
                .map(ShareMeter::spanNanos)
                .max(Long::compare)
                .map(Duration::ofNanos)
                .orElse(Duration.ZERO);
    }

    /** Whether the pool wants it at all. */
    boolean isWanted() {
        return config.whenRedisIsDown() == RedisDownPolicy.LOCAL_SHARE;
    }

    /**
     * Tells Redis that this worker is there. Does nothing where the pool wants no share.
     *
     * @throws StoreUnavailableException if Redis does not answer
     */
    void tell() {
        if (!isWanted()) {
            return;
        }
        Told before;
        Told telling;
        String how;
        synchronized (this) {
            before = told;
            long now = nanoTime.getAsLong();
            // Redis may hold it for lapsed, and after this call release what it withholds: so it is not used again.
            boolean late = now - before.atNanos > LAPSE_NANOS - MARGIN_NANOS;
            telling = new Told(late ? 0 : before.share, now, null);
            told = telling;
            how = underWay > 0 ? "busy" : "here";
        }
        Reply reply;
        try {
            reply = run(how, telling.share);
        } catch (StoreUnavailableException e) {
            if (e.trouble() == Trouble.UNABLE) {
                // Refused, so it was not said.
                change(telling, before);
            }
            throw e;
        }
        if (reply.status().equals("PRESENT")) {
            clock.observe(reply.number(1));
            boolean timely = nanoTime.getAsLong() - telling.atNanos <= LAPSE_NANOS - MARGIN_NANOS;
            change(telling, new Told(timely ? reply.number(4) : 0, telling.atNanos, null));
        }
    }

    private Reply run(String how, long believed) {
        return scripts.run(
                Script.PRESENT, meta, List.of("", id, clock.estimate(), how, Long.toString(believed), windowMs));
    }

    /** Unless Redis has lost its state meanwhile. */
    private synchronized void change(Told expected, Told next) {
        if (told.atNanos == expected.atNanos && told.share == expected.share) {
            told = next;
        }
    }

    /** After Redis has lost its state: nobody withholds a share of before. */
    synchronized void forget() {
        told = new Told(0, told.atNanos, null);
    }

    /** Tells Redis that this worker goes, so that nothing is withheld for it; if it does not answer, something is. */
    void leave() {
        if (!isWanted()) {
            return;
        }
        forget();
        try {
            var unused = run("gone", 0);
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
    synchronized Answer pass(LeaseRequest request, Roster roster, LongBinaryOperator price) {
        long now = nanoTime.getAsLong();
        long lapse = told.atNanos + LAPSE_NANOS;
        if (told.share == 0 || now - lapse >= LONGEST_NANOS) {
            return Answer.NOTHING;
        }
        ShareLimits within = told.limits != null
                ? told.limits
                : new ShareLimits(
                        told.share,
                        lapse + MARGIN_NANOS,
                        lapse + config.leaseTtl().toNanos());
        told = told.within(within);
        ShareLimits.Cost cost = new ShareLimits.Cost(
                request.inputTokens(),
                request.outputTokens(),
                price.applyAsLong(request.inputTokens(), request.outputTokens()));
        long[] earliest = {ShareMeter.NEVER};
        Optional<Roster.Pick> pick = roster.next(request, candidate -> {
            long at = earliest(request, candidate, within, cost, now);
            earliest[0] = Math.min(earliest[0], at);
            return at <= now;
        });
        if (pick.isEmpty()) {
            return earliest[0] == ShareMeter.NEVER ? Answer.NOTHING : new Answer(null, earliest[0] - now);
        }
        List<ShareLimits.Owner> charged = owners.of(request, pick.get());
        within.take(charged, cost, now);
        underWay++;
        return new Answer(new Passed(pick.get(), within, charged, cost), 0);
    }

    /** Of keys that were not used here, which may be thousands, nothing is looked at. */
    private long earliest(LeaseRequest request, Roster.Pick pick, ShareLimits within, ShareLimits.Cost cost, long now) {
        Long key = usable.get(pick.key());
        if (key == null) {
            return ShareMeter.NEVER;
        }
        long usableFrom = Math.max(key, blocked.getOrDefault(pick.account(), key));
        return Math.max(usableFrom, within.earliest(owners.of(request, pick), cost, now));
    }

    /** What a call tells of its key: without Redis only keys are used whose last call went well. */
    void saw(String key, String account, Outcome outcome) {
        if (isWanted()) {
            note(key, account, outcome);
        }
    }

    private synchronized void note(String key, String account, Outcome outcome) {
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
