package io.keycoord.benchmarks.sdk;

import java.util.Set;

/**
 * Calls that are made without Keycoord and, over the same transport, with it.
 *
 * @param name the transport, and what is called
 * @param parts how many events an answer has; 1 for one that comes at once
 * @param plain makes a call without Keycoord
 * @param leased makes the same call with a leased key
 * @param keys where that is leased
 * @param others the ids of threads that are not the caller's
 * @param end hangs up
 */
record Subject(String name, int parts, Caller plain, Caller leased, FreeKeys keys, Set<Long> others, Runnable end)
        implements AutoCloseable {

    /** Makes one call and reads its answer. */
    interface Caller {
        void call() throws Exception;
    }

    @Override
    public void close() {
        end.run();
    }
}
