package io.keycoord.redis;

import java.util.List;
import java.util.function.Consumer;

/**
 * Something else than a Redis server that does what the scripts in {@code lua/} do, for tests without a server. Safe for use by
 * many threads: one call is done at a time.
 */
public interface ScriptHost {

    /**
     * Does what {@code lua/<script>.lua} does.
     *
     * @param redisKey its only KEYS: of most scripts the meta hash of a pool
     * @param args as the script's header documents them
     * @return the reply that the header documents: texts or {@link Long}s, and lists of these
     */
    List<?> run(String script, String redisKey, List<String> args);

    /**
     * From now on what is published on a channel goes to a listener, on a thread of the host's or of who publishes; it waits for
     * nothing.
     *
     * @return ends that; may be run twice
     */
    Runnable subscribe(String channel, Consumer<String> listener);
}
