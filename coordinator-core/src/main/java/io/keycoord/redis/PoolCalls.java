package io.keycoord.redis;

import java.util.List;

/** How the acquires and settlements of one pool reach Redis. Safe for use by many threads. */
@FunctionalInterface
interface PoolCalls {

    /**
     * Runs {@link Script#ACQUIRE} or {@link Script#SETTLE} with its arguments.
     *
     * @throws io.keycoord.StoreUnavailableException as {@link ScriptRunner#run} does
     * @throws IllegalStateException as {@link ScriptRunner#run} does
     */
    Reply run(Script script, List<String> args);
}
