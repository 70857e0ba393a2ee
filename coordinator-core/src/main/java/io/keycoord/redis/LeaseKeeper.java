package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final Collection<PoolSession> pools;

    /** Which pool is tended to first; used by the schedule alone, as the next one. */
    private int first;

    /** What of its sequence was seen of each pool when it was tended to last. */
    private final Map<PoolSession, SequenceWatch.Mark> tended = new HashMap<>();

    LeaseKeeper(Collection<PoolSession> pools) {
        this.pools = pools;
    }

    void start(ScheduledExecutorService scheduler) {
        for (PoolSession pool : pools) {
            long third = Math.max(1, pool.config.leaseTtl().toMillis() / 3);
            var unused = scheduler.scheduleWithFixedDelay(
                    () -> whileThere(pool, () -> renew(pool)), third, third, TimeUnit.MILLISECONDS);
            var unusedToo = scheduler.scheduleWithFixedDelay(
                    () -> whileThere(pool, pool::follow), FOLLOW_SECONDS, FOLLOW_SECONDS, TimeUnit.SECONDS);
            if (pool.share.isWanted()) {
                long pause = WorkerShare.PAUSE.toMillis();
                var unusedAsWell = scheduler.scheduleWithFixedDelay(
                        () -> whileThere(pool, () -> tell(pool)), pause, pause, TimeUnit.MILLISECONDS);
            }
        }
        long pause = PAUSE.toMillis();
        var unused = scheduler.scheduleWithFixedDelay(() -> guarded(this::tend), pause, pause, TimeUnit.MILLISECONDS);
    }

    /** Not while Redis does not answer: then one call at a time asks whether it does again. */
    private static void whileThere(PoolSession pool, Runnable task) {
        if (!pool.store.isAway()) {
            guarded(task);
        }
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

    /** Who is not heard waits no longer for Redis, also where nobody has asked for a key: its share begins the sooner. */
    private static void tell(PoolSession pool) {
        try {
            pool.share.tell();
        } catch (StoreUnavailableException e) {
            pool.store.failed(e);
            throw e;
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
        Reply reply = pool.renew(leases);
        if (reply.status().equals("NO_POOL")) {
            pool.registerAgain();
            reply = pool.renew(leases);
        }
        if (!reply.status().equals("RENEWED")) {
            return false;
        }
        pool.clock.observe(reply.number(1));
        Set<String> ended = new HashSet<>(List.of(reply.text(5).split(",")));
        long nowMs = reply.number(1) / 1_000;
        // One that has ended before its time was not reaped: Redis has lost it.
        ended.removeAll(pool.holdAgain(leases.stream()
                .filter(lease -> ended.contains(lease.id()) && lease.expiresMs() > nowMs)
                .toList()));
        for (RedisLease lease : leases) {
            if (ended.contains(lease.id())) {
                lost(pool, lease);
            } else {
                lease.expiresMs(reply.number(4));
            }
        }
        return leases.stream().noneMatch(lease -> ended.contains(lease.id()));
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

    /**
     * Asks for each pool whose Redis did not answer whether it does now, sends settlements that wait, makes up for what was lost
     * if that has failed before, and checks the leases that wait. Of several that are silent one is asked at a time, for each
     * may take seconds.
     */
    void tend() {
        List<PoolSession> all = List.copyOf(pools);
        for (int i = 0; i < all.size(); i++) {
            PoolSession pool = all.get((first + i) % all.size());
            try {
                if (pool.store.isAway()) {
                    pool.registration.holding(pool.plan);
                    pool.store.answered();
                }
                pool.lookForCopies();
                pool.outbox.flush(pool.leasing, pool.meta);
                if (!pool.copies.isLacking()) {
                    pool.outbox.repeat(pool.leasing, pool.meta);
                }
                pool.recover();
                // Callers who all wait for their leases to start make no call that would tell of a loss.
                SequenceWatch.Mark now = pool.sequence.mark();
                if (now.equals(tended.put(pool, now))) {
                    pool.check();
                }
            } catch (StoreUnavailableException e) {
                if (pool.store.isAway() && e.trouble() != Trouble.AWAY) {
                    pool.store.answered();
                }
                pool.store.failed(e);
                first = (first + i + 1) % all.size();
                return;
            }
        }
    }

    /** Sends the settlements that wait, for the last time; what Redis does not take is lost. */
    void finish() {
        for (PoolSession pool : pools) {
            try {
                if (!pool.store.isAway()) {
                    pool.outbox.flush(pool.leasing, pool.meta);
                    pool.share.leave();
                }
            } catch (StoreUnavailableException e) {
                log.debug("pool {}: {}", pool.config.id(), e.getMessage());
            }
            if (pool.outbox.size() > 0) {
                log.warn(
                        "pool {}: closed with {} settlements that Redis has not taken: their slots come back when their"
                                + " leases end, and what they reserved stays charged",
                        pool.config.id(),
                        pool.outbox.size());
            }
        }
    }
}
