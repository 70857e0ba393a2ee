package io.keycoord.redis.model;

import io.keycoord.config.LimitConfig;
import io.keycoord.model.Cost;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An account's class of models, a key, or a budget: limits, slots, blocks and, for a key, its breaker as told. */
final class OracleOwner {
    final String id;
    final List<OracleLimit> limits = new ArrayList<>();
    final int slots;
    long blockedUntilMs;
    String state = "CLOSED";
    long openUntilMs;

    OracleOwner(String id, LimitConfig... configs) {
        this.id = id;
        for (LimitConfig config : configs) {
            config.rates()
                    .forEach((dimension, rates) ->
                            rates.forEach(limit -> limits.add(new OracleLimit(dimension.stored(), limit))));
        }
        slots = Arrays.stream(configs)
                .mapToInt(config -> config.concurrency().orElse(Integer.MAX_VALUE))
                .min()
                .orElse(Integer.MAX_VALUE);
    }

    /** The first instant from {@code from} on at which the limits have room, and so much is left; NEVER if they never have. */
    long limitsEarliest(Cost cost, long from, long percentLeft) {
        long at = from;
        for (OracleLimit limit : limits) {
            at = Math.max(at, limit.earliest(cost.of(limit.dimension), at, percentLeft));
            if (at == OracleLimit.NEVER) {
                return at;
            }
        }
        return at;
    }
}
