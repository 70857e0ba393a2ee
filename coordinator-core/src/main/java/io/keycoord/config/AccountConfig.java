package io.keycoord.config;

import java.util.List;

/**
 * What the provider limits, with the keys that share its limits.
 *
 * @param id its public name; that of the key, if {@code implicit}
 * @param implicit whether it stands for a key that was listed by itself
 * @param limits by model pattern, first match, at most 16; empty for an unlimited account
 * @param keys at least one, at most 10,000; exactly one with the account's id, if {@code implicit}
 */
public record AccountConfig(String id, boolean implicit, List<LimitConfig> limits, List<KeyConfig> keys) {

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if there is no key, too much of something, or an implicit account with other
     *     keys than its own
     */
    public AccountConfig {
        Ids.require("id", id);
        limits = List.copyOf(limits);
        keys = List.copyOf(keys);
        Counts.require("limits of account " + id, limits.size(), 0, Ranges.LIMITS_OF_ACCOUNT);
        Counts.require("keys of account " + id, keys.size(), 1, Ranges.KEYS_OF_ACCOUNT);
        if (implicit && (keys.size() != 1 || !keys.get(0).id().equals(id))) {
            throw new IllegalArgumentException("keys of the implicit account " + id + " are "
                    + keys.stream().map(KeyConfig::id).toList() + ", expected the one key " + id);
        }
    }

    /** An account with one key, which is listed by itself. */
    public static AccountConfig of(KeyConfig key, LimitConfig... limits) {
        return new AccountConfig(key.id(), true, List.of(limits), List.of(key));
    }

    /** An account without limits; see {@link #withLimits}. */
    public static AccountConfig of(String id, KeyConfig... keys) {
        return new AccountConfig(id, false, List.of(), List.of(keys));
    }

    public AccountConfig withLimits(LimitConfig... limits) {
        return new AccountConfig(id, implicit, List.of(limits), keys);
    }
}
