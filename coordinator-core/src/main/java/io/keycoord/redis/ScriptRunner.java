package io.keycoord.redis;

import io.keycoord.config.Durability;
import java.util.List;

/**
 * Runs scripts on Redis. Safe for use by many threads.
 *
 * <p>A script may be run twice for one call: every script answers the repeat of an operation as it answered the first.
 */
interface ScriptRunner extends AutoCloseable {

    /**
     * Runs a script on the pool whose meta hash is {@code redisKey}. One round trip, two when the server has not seen
     * the script yet, more while Redis fails over ({@link Remedy}).
     *
     * @throws io.keycoord.StoreUnavailableException if Redis does not answer in time or refuses; whether the script
     *     ran is unknown
     * @throws IllegalStateException if a script refuses its arguments: a bug
     */
    Reply run(Script script, String redisKey, List<String> args);

    /**
     * The same scripts, each followed on its connection by the question whether there is a copy of what it has written: one
     * round trip for both. Their replies tell a {@link Reply#doubt}.
     *
     * @throws IllegalArgumentException if the client cannot ask so
     */
    default ScriptRunner copied(Durability durability) {
        if (durability == Durability.NONE) {
            return this;
        }
        throw new IllegalArgumentException("durability " + durability + " cannot be asked for here");
    }

    /** Messages of the same Redis. */
    default WakeupChannel wakeups() {
        return WakeupChannel.NONE;
    }

    @Override
    void close();
}
