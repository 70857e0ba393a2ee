package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the leases of this worker in the background: renews those that are held, in one call a pool, and repeats
 * settlements that Redis did not take.
 */
final class LeaseKeeper {
    private static final Logger log = LoggerFactory.getLogger(LeaseKeeper.class);
    private static final int LEASES_PER_CALL = 1_000;
    private static final int FOLLOW_SECONDS = 5;
    private static final int OUTBOX_MOST = 10_000;
    private static final Duration OUTBOX_PAUSE = Duration.ofMillis(250);

    /** A settlement that Redis has not taken yet; after {@code untilNanos} its lease has been reaped. */
    private record Pending(PoolSession pool, List<String> args, long untilNanos) {}

    private final ScriptRunner scripts;
    private final LongSupplier nanoTime;
    private final Collection<PoolSession> pools;
    private final Deque<Pending> outbox = new ArrayDeque<>(); // guarded by itself

    LeaseKeeper(ScriptRunner scripts, LongSupplier nanoTime, Collection<PoolSession> pools) {
        this.scripts = scripts;
        this.nanoTime = nanoTime;
        this.pools = pools;
    }

    void start(ScheduledExecutorService scheduler) {
        for (PoolSession pool : pools) {
            long third = Math.max(1, pool.config.leaseTtl().toMillis() / 3);
            var unused = scheduler.scheduleWithFixedDelay(
                    () -> guarded(() -> renew(pool)), third, third, TimeUnit.MILLISECONDS);
            var unusedToo = scheduler.scheduleWithFixedDelay(
                    () -> guarded(pool::follow), FOLLOW_SECONDS, FOLLOW_SECONDS, TimeUnit.SECONDS);
        }
        long pause = OUTBOX_PAUSE.toMillis();
        var unused = scheduler.scheduleWithFixedDelay(() -> guarded(this::flush), pause, pause, TimeUnit.MILLISECONDS);
    }

    /** An exception would end the schedule. */
    static void guarded(Runnable task) {
        try {
            task.run();
        } catch (StoreUnavailableException e) {
            log.warn("leases are not looked after now: {}", e.getMessage());
        } catch (RuntimeException e) {
            log.error("looking after leases failed", e);
        }
    }

    /** Renews what the pool's leases of this worker have left. */
    void renew(PoolSession pool) {
        List<RedisLease> held = List.copyOf(pool.leases.values());
        for (int i = 0; i < held.size(); i += LEASES_PER_CALL) {
            renew(pool, held.subList(i, Math.min(i + LEASES_PER_CALL, held.size())));
        }
    }

    /** Whether all of them are still held. */
    boolean renew(PoolSession pool, List<RedisLease> leases) {
        if (leases.isEmpty()) {
            return true;
        }
        String ids = String.join(",", leases.stream().map(RedisLease::id).toList());
        String ttl = Long.toString(pool.config.leaseTtl().toMillis());
        Reply reply = scripts.run(Script.RENEW, pool.meta, List.of("", ttl, ids, ""));
        if (!reply.status().equals("RENEWED")) {
            return false;
        }
        pool.clock.observe(reply.number(1));
        Set<String> ended = ids(reply, 5);
        for (RedisLease lease : leases) {
            if (ended.contains(lease.id())) {
                lost(pool, lease);
            } else {
                lease.expiresMs(reply.number(4));
            }
        }
        return leases.stream().noneMatch(lease -> ended.contains(lease.id()));
    }

    private static Set<String> ids(Reply reply, int index) {
        return new HashSet<>(List.of(reply.text(index).split(",")));
    }

    /** Asks which of the leases that have not started can no longer be used, and tells those who wait for them. */
    void check(PoolSession pool) {
        List<RedisLease> waiting = pool.leases.values().stream()
                .filter(RedisLease::isWaiting)
                .limit(LEASES_PER_CALL)
                .toList();
        if (waiting.isEmpty()) {
            return;
        }
        String ids = String.join(",", waiting.stream().map(RedisLease::id).toList());
        String ttl = Long.toString(pool.config.leaseTtl().toMillis());
        Reply reply = scripts.run(Script.RENEW, pool.meta, List.of("", ttl, "", ids));
        if (reply.status().equals("RENEWED")) {
            Set<String> lost = ids(reply, 6);
            waiting.stream().filter(lease -> lost.contains(lease.id())).forEach(RedisLease::lose);
        }
    }

    private static void lost(PoolSession pool, RedisLease lease) {
        // One that is being settled just now has ended in Redis and not here yet.
        if (!lease.isSettled() && pool.leases.remove(lease.id()) != null) {
            log.warn(
                    "pool {}: lease {} of key {} expired while its call was under way",
                    pool.config.id(),
                    lease.id(),
                    lease.keyId());
        }
    }

    /** Keeps a settlement to be repeated until its lease would have been reaped. The oldest gives way if too many wait. */
    void keep(PoolSession pool, List<String> args) {
        long untilNanos = nanoTime.getAsLong() + pool.config.leaseTtl().toNanos();
        synchronized (outbox) {
            if (outbox.size() >= OUTBOX_MOST) {
                outbox.removeFirst();
                log.warn("pool {}: a settlement was dropped, {} are waiting for Redis", pool.config.id(), OUTBOX_MOST);
            }
            outbox.addLast(new Pending(pool, args, untilNanos));
        }
    }

    /** Repeats what waits, oldest first, until Redis does not answer. What fails for itself alone does not stop the rest. */
    void flush() {
        for (Pending pending = next(); pending != null; pending = next()) {
            try {
                scripts.run(Script.SETTLE, pending.pool.meta, pending.args);
            } catch (StoreUnavailableException e) {
                if (e.trouble() == Trouble.DAMAGED) {
                    log.error(
                            "pool {}: a settlement is given up, its charge stays: {}",
                            pending.pool.config.id(),
                            e.getMessage());
                    continue;
                }
                synchronized (outbox) {
                    outbox.addFirst(pending);
                }
                return;
            }
        }
    }

    private @Nullable Pending next() {
        synchronized (outbox) {
            Pending pending = outbox.pollFirst();
            while (pending != null && pending.untilNanos - nanoTime.getAsLong() < 0) {
                pending = outbox.pollFirst();
            }
            return pending;
        }
    }
}
