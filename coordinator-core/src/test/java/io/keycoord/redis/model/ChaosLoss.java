package io.keycoord.redis.model;

import io.keycoord.redis.PlannedPool;
import java.util.Map;

/**
 * What a fault has done to what Redis knew of all pools.
 *
 * @param atUs when: calls before and after it are told apart by that
 * @param keptUntilUs nothing later is known any more; {@link #ALL} if everything is, {@link #NOTHING} if nothing is
 * @param states of a server that has restarted with all it knew: what that was, by pool
 */
record ChaosLoss(long atUs, long keptUntilUs, Map<String, Map<String, Map<String, String>>> states) {
    static final long ALL = Long.MAX_VALUE;
    static final long NOTHING = 0;

    boolean isLoss() {
        return keptUntilUs != ALL;
    }

    boolean keepsSome() {
        return keptUntilUs != NOTHING;
    }

    Map<String, Map<String, String>> state(PlannedPool pool) {
        return states.getOrDefault(pool.meta(), Map.of());
    }
}
