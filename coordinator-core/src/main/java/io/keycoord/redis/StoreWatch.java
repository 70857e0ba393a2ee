package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.config.RedisDownPolicy;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether Redis answers for one pool, as far as this worker has seen: a call that was repeated in vain opens it, and from then
 * on nobody waits for Redis; the background asks until it answers again. Safe for use by many threads.
 */
final class StoreWatch {
    private static final Logger log = LoggerFactory.getLogger(StoreWatch.class);

    private final String pool;
    private final RedisDownPolicy policy;
    private final LongSupplier nanoTime;
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong passed = new AtomicLong();
    private volatile boolean away;
    private long sinceNanos; // guarded by this, as all below
    private long refusedBefore;
    private long passedBefore;

    StoreWatch(String pool, RedisDownPolicy policy, LongSupplier nanoTime) {
        this.pool = pool;
        this.policy = policy;
        this.nanoTime = nanoTime;
    }

    boolean isAway() {
        return away;
    }

    /** A call has failed, after all of its repeats. */
    void failed(StoreUnavailableException why) {
        if (why.trouble() == Trouble.AWAY) {
            lost(why);
        }
    }

    private synchronized void lost(StoreUnavailableException why) {
        if (away) {
            return;
        }
        away = true;
        sinceNanos = nanoTime.getAsLong();
        refusedBefore = refused.get();
        passedBefore = passed.get();
        log.warn(
                "pool {}: Redis does not answer, so {} until it does; settlements are kept: {}",
                pool,
                switch (policy) {
                    case OPEN -> "calls go out without limits";
                    case LOCAL_SHARE -> "calls go out within the share of this worker, from a few seconds on,";
                    case CLOSED -> "requests are refused";
                },
                why.getMessage());
    }

    /** Redis has answered a call. */
    synchronized void answered() {
        if (away) {
            away = false;
            log.info(
                    "pool {}: Redis answers again after {} ms; {} requests were refused and {} calls went out meanwhile",
                    pool,
                    (nanoTime.getAsLong() - sinceNanos) / 1_000_000,
                    refused.get() - refusedBefore,
                    passed.get() - passedBefore);
        }
    }

    /** What a call of Redis that is not made fails with. */
    StoreUnavailableException notAsked(Script script) {
        return new StoreUnavailableException(
                script.file(), "not sent, for Redis did not answer before", Trouble.AWAY, null);
    }

    /** Whether the trouble is Redis's own, and another Redis would serve the request. */
    static boolean isUnserved(StoreUnavailableException why) {
        return switch (why.trouble()) {
            case AWAY, LATE, UNABLE -> true;
            case NO_ACCESS, DAMAGED -> false;
        };
    }

    /**
     * Whether a request may be served without Redis and without limits.
     *
     * @throws StoreUnavailableException the reason, if it may not
     */
    void passOrThrow(StoreUnavailableException why) {
        if (policy != RedisDownPolicy.OPEN || !isUnserved(why)) {
            throw refused(why);
        }
        passes();
    }

    /** A request is served without Redis. */
    void passes() {
        passed.incrementAndGet();
    }

    /** A request is refused; what it fails with. */
    StoreUnavailableException refused(StoreUnavailableException why) {
        refused.incrementAndGet();
        return why;
    }

    long refused() {
        return refused.get();
    }

    long passed() {
        return passed.get();
    }
}
