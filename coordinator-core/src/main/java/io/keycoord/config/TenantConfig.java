package io.keycoord.config;

import java.util.List;

/**
 * A team or service with a budget of its own, whichever account serves it.
 *
 * @param id its public name, which requests give
 * @param limits by model pattern, first match, at most 16; empty if all models are allowed alike
 * @param overall what holds for all its calls together; {@link LimitConfig#NONE} for nothing
 */
public record TenantConfig(String id, List<LimitConfig> limits, LimitConfig overall) {

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the id is none, or there are too many limits
     */
    public TenantConfig {
        Ids.require("id", id);
        limits = List.copyOf(limits);
        Counts.require("limits of tenant " + id, limits.size(), 0, Ranges.LIMITS_OF_ACCOUNT);
    }

    /** A tenant whose calls share one budget. */
    public static TenantConfig of(String id, LimitConfig overall) {
        return new TenantConfig(id, List.of(), overall);
    }

    public TenantConfig withLimits(LimitConfig... limits) {
        return new TenantConfig(id, List.of(limits), overall);
    }
}
