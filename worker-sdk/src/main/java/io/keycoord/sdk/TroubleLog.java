package io.keycoord.sdk;

import io.keycoord.Lease;
import io.keycoord.Outcome;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Says what went wrong, without a word of any body: each failed try at DEBUG, and what a person should know at WARN,
 * once an hour for each rule and key. Safe for use by many threads.
 */
public final class TroubleLog {
    private static final Logger LOG = LoggerFactory.getLogger(TroubleLog.class);
    private static final Duration QUIET = Duration.ofHours(1);
    private static final int MOST_REMEMBERED = 10_000;

    private final Map<String, Instant> warned = new ConcurrentHashMap<>();
    private final AtomicBoolean foreignRetrySeen = new AtomicBoolean();
    private final Clock clock;

    /** {@code clock} tells when an hour is over. */
    public TroubleLog(Clock clock) {
        this.clock = clock;
    }

    void note(Lease lease, Classification trouble) {
        // Of a key that leaves service, the coordinator tells.
        boolean told = trouble.outcome().kind() == Outcome.Kind.KEY_FAILED;
        if (trouble.alert() && !told && isNews(trouble.row() + " " + lease.keyId())) {
            LOG.warn(
                    "pool {}: key {} of account {} was refused: {} (rule {}), rests {}",
                    lease.pool(),
                    lease.keyId(),
                    lease.accountId(),
                    trouble.outcome().cause(),
                    trouble.row(),
                    trouble.outcome().block());
        } else {
            LOG.debug("pool {}: key {}: {}", lease.pool(), lease.keyId(), trouble);
        }
    }

    /** A call goes on somewhere else than it was meant to: at INFO once an hour for each such pair, else at DEBUG. */
    public void noteDetour(String from, String to, Object why) {
        boolean news = isNews(from + " -> " + to);
        LOG.atLevel(news ? Level.INFO : Level.DEBUG).log("pool {}: {}, calls go on to pool {}", from, why, to);
    }

    private boolean isNews(String what) {
        Instant now = clock.instant();
        if (warned.size() >= MOST_REMEMBERED) {
            warned.clear();
        }
        Instant before = warned.get(what);
        if (before != null && before.plus(QUIET).isAfter(now)) {
            return false;
        }
        warned.put(what, now);
        return true;
    }

    /** A client above retries by itself, which multiplies our tries; said once. */
    public void noteForeignRetry(String pool) {
        if (foreignRetrySeen.compareAndSet(false, true)) {
            LOG.warn("pool {}: the client above retries by itself; set its maxRetries to 0", pool);
        }
    }
}
