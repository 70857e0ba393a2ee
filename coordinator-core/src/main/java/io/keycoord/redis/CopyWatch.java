package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import io.keycoord.config.Durability;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether what is written for one pool is copied as its durability says, as far as this worker has seen: after one call that
 * waited for a copy in vain nobody waits for one, until the background finds that there is one again. Safe for use by many
 * threads.
 */
final class CopyWatch {
    private static final Logger log = LoggerFactory.getLogger(CopyWatch.class);

    private final String pool;
    private final Durability durability;
    private final AtomicLong uncopied = new AtomicLong();
    private volatile Optional<RedisError> lacking = Optional.empty(); // written under this

    CopyWatch(String pool, Durability durability) {
        this.pool = pool;
        this.durability = durability;
    }

    boolean isLacking() {
        return lacking.isPresent();
    }

    /** Why there are no copies. */
    Optional<RedisError> why() {
        return lacking;
    }

    /** What a reply tells for which a copy was waited. */
    void saw(Reply reply) {
        if (!lacking.equals(reply.doubt())) {
            turned(reply.doubt());
        }
    }

    private synchronized void turned(Optional<RedisError> doubt) {
        if (doubt.isPresent() && lacking.isEmpty()) {
            log.warn(
                    "pool {}: durability {} cannot be had, so no leases are given out until it can; settlements are sent, and"
                            + " repeated then: {}",
                    pool,
                    word(),
                    doubt.get().text());
        } else if (doubt.isEmpty() && lacking.isPresent()) {
            log.info("pool {}: durability {} can be had again", pool, word());
        }
        lacking = doubt;
    }

    /** A grant or a settlement of which there is no copy. */
    StoreUnavailableException missing(Script script, RedisError doubt) {
        uncopied.incrementAndGet();
        return unavailable(script, doubt.text() + ", so it was given back", doubt);
    }

    void missing() {
        uncopied.incrementAndGet();
    }

    /** What a request fails with that is not sent. */
    StoreUnavailableException notAsked(Script script) {
        RedisError doubt = lacking.orElseGet(() -> RedisError.uncopied("there was no copy"));
        return unavailable(script, "not sent, for the last call had no copy: " + doubt.text(), doubt);
    }

    /** What a worker fails with at its start whose Redis cannot be asked for copies. */
    StoreUnavailableException refused(RedisError why) {
        String needs = durability == Durability.AOF
                ? "it needs WAITAOF of Redis 7.2 or newer, an append-only file, and the permission waitaof"
                : "it needs WAIT and the permission wait";
        return new StoreUnavailableException(
                "durability " + word() + " of pool " + pool,
                needs + "; Redis said: " + why.text(),
                Remedy.of(why).trouble,
                null);
    }

    private StoreUnavailableException unavailable(Script script, String why, RedisError doubt) {
        String reason = "durability " + word() + ": " + why;
        return new StoreUnavailableException(script.file(), reason, Remedy.of(doubt).trouble, null);
    }

    /** How many grants and settlements had no copy in time. */
    long uncopied() {
        return uncopied.get();
    }

    private String word() {
        return durability.name().toLowerCase(Locale.ROOT);
    }
}
