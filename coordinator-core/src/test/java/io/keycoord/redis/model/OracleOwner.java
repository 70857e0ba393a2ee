package io.keycoord.redis.model;

import io.keycoord.config.LimitConfig;
import java.util.ArrayList;
import java.util.List;

/** An account's class of models, or a key: limits, slots, blocks and, for a key, its breaker as replies told it. */
final class OracleOwner {
    final String id;
    final List<OracleLimit> limits = new ArrayList<>();
    final int slots;
    long blockedUntilMs;
    String state = "CLOSED";
    long openUntilMs;

    OracleOwner(String id, LimitConfig config) {
        this.id = id;
        config.requests().forEach(limit -> limits.add(new OracleLimit(false, limit)));
        config.tokens().forEach(limit -> limits.add(new OracleLimit(true, limit)));
        slots = config.concurrency().orElse(Integer.MAX_VALUE);
    }

    /** The first instant from {@code from} on at which the limits have room; NEVER if they never have. */
    long limitsEarliest(long tokens, long from) {
        long at = from;
        for (OracleLimit limit : limits) {
            at = Math.max(at, limit.earliest(limit.tokens ? tokens : 1, at));
            if (at == OracleLimit.NEVER) {
                return at;
            }
        }
        return at;
    }
}
