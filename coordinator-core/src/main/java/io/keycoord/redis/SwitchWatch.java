package io.keycoord.redis;

import io.keycoord.Acquisition.Reason;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs what an operator's switch makes of this worker's calls in a pool. Safe for use by many threads. */
final class SwitchWatch {
    private static final Logger log = LoggerFactory.getLogger(SwitchWatch.class);
    private static final long SHADOW_PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

    private final String pool;
    private final LongSupplier nanoTime;

    private volatile PoolSwitch seen = PoolSwitch.NORMAL;
    private long sinceUs; // guarded by this, as all below
    private long calls;
    private long denied;
    private long passed;
    private final Map<Reason, Long> wouldDeny = new EnumMap<>(Reason.class);
    private long unsaid;
    private long saidNanos;
    private boolean said;

    SwitchWatch(String pool, LongSupplier nanoTime) {
        this.pool = pool;
        this.nanoTime = nanoTime;
    }

    /** A call was answered as usual; at {@code serverUs} of the server's clock, for answers may overtake one another. */
    void usual(long serverUs) {
        if (seen != PoolSwitch.NORMAL) {
            see(PoolSwitch.NORMAL, serverUs);
        }
    }

    synchronized void denied(long serverUs) {
        denied++;
        see(PoolSwitch.DENY, serverUs);
        calls++;
    }

    synchronized void passed(long serverUs) {
        passed++;
        see(PoolSwitch.OPEN, serverUs);
        calls++;
    }

    /** A call goes out that would have been denied, or would have had to wait. */
    synchronized void shadowed(Reason reason, Duration hint) {
        wouldDeny.merge(reason, 1L, Long::sum);
        unsaid++;
        long now = nanoTime.getAsLong();
        if (said && now - saidNanos < SHADOW_PAUSE_NANOS) {
            return;
        }
        log.info(
                "pool {}: shadow: {} calls would have been denied since this was last told, the last one with {}, to be"
                        + " retried after {} ms",
                pool,
                unsaid,
                reason,
                hint.toMillis());
        unsaid = 0;
        said = true;
        saidNanos = now;
    }

    private synchronized void see(PoolSwitch now, long serverUs) {
        if (now == seen || serverUs < sinceUs) {
            return;
        }
        if (seen == PoolSwitch.OPEN) {
            log.info("pool {}: limits hold again, after {} calls of this worker without them", pool, calls);
        } else if (seen == PoolSwitch.DENY) {
            log.info("pool {}: no longer switched off, after {} denials to this worker", pool, calls);
        }
        if (now == PoolSwitch.OPEN) {
            log.warn("pool {}: an operator lets all calls pass: this worker calls without limits", pool);
        } else if (now == PoolSwitch.DENY) {
            log.warn("pool {}: an operator has switched it off: every request is denied", pool);
        }
        seen = now;
        sinceUs = serverUs;
        calls = 0;
    }

    /** Whether the pool was off when it was last heard of. */
    synchronized boolean denies() {
        return seen == PoolSwitch.DENY;
    }

    synchronized SwitchedCalls counts() {
        return new SwitchedCalls(denied, passed, wouldDeny);
    }
}
