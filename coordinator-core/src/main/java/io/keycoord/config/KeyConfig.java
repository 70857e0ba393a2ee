package io.keycoord.config;

import java.util.Objects;
import java.util.Set;

/**
 * An API key.
 *
 * @param id its public name
 * @param secret a reference to its value, such as {@code env:OPENROUTER_KEY_1}; never the value
 * @param weight its share for the strategies that weigh, 1 to 100
 * @param overall limits of this key alone, for every model; {@link LimitConfig#NONE} for none
 * @param tenants who alone may lease it; empty for everybody who may lease from its account
 */
public record KeyConfig(String id, String secret, int weight, LimitConfig overall, Set<String> tenants) {

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if the id or the weight is out of range, or the secret is no reference; the
     *     message does not hold it
     */
    public KeyConfig {
        Ids.require("id", id);
        if (SecretReference.parse(secret).isEmpty()) {
            throw new IllegalArgumentException(
                    "secret of key " + id + " is not of the form scheme:name and may be the secret itself (not shown),"
                            + " expected a reference such as env:NAME");
        }
        Ranges.WEIGHT.require("weight", weight);
        Objects.requireNonNull(overall, "overall");
        tenants = Set.copyOf(tenants);
    }

    /** A key of weight 1 without limits of its own. */
    public static KeyConfig of(String id, String secret) {
        return new KeyConfig(id, secret, 1, LimitConfig.NONE, Set.of());
    }

    public KeyConfig withWeight(int weight) {
        return new KeyConfig(id, secret, weight, overall, tenants);
    }

    public KeyConfig withOverall(LimitConfig overall) {
        return new KeyConfig(id, secret, weight, overall, tenants);
    }

    /** The same for these tenants alone; for everybody, if none is named. */
    public KeyConfig withTenants(String... tenants) {
        return new KeyConfig(id, secret, weight, overall, Set.of(tenants));
    }
}
