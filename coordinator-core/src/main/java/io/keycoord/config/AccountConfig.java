package io.keycoord.config;

import java.util.List;

/**
 * What the provider limits, with the keys that share its limits.
 *
 * @param id its public name; that of the key, if {@code implicit}
 * @param implicit whether it stands for a key that was listed by itself
 * @param limits by model pattern, first match; empty for an unlimited account
 * @param keys at least one
 */
public record AccountConfig(String id, boolean implicit, List<LimitConfig> limits, List<KeyConfig> keys) {

    public AccountConfig {
        limits = List.copyOf(limits);
        keys = List.copyOf(keys);
    }
}
