package io.keycoord.benchmarks.contender;

import java.util.SplittableRandom;

/** What a caller does before and after one call of a provider, on one redis-server. Safe for use by many threads. */
public interface Cycles extends AutoCloseable {

    /**
     * Asks for one call and, if it is granted, ends it.
     *
     * @param random this thread's own, for those who choose a key by chance
     * @return whether it was granted
     */
    boolean run(SplittableRandom random);

    /** Ends the connections and threads of this contender; what it wrote to Redis stays. */
    @Override
    void close();
}
