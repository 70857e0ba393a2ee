package io.keycoord.config;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the provider limits, with the keys that share its limits.
 *
 * @param id its public name; that of the key, if {@code implicit}
 * @param implicit whether it stands for a key that was listed by itself
 * @param limits by model pattern, first match, at most 16; empty for an unlimited account
 * @param overall what holds for all its models together; {@link LimitConfig#NONE} for nothing
 * @param tenants who alone may lease its keys; empty for everybody
 * @param keys at least one, at most 10,000; exactly one with the account's id, if {@code implicit}
 */
public record AccountConfig(
        String id,
        boolean implicit,
        List<LimitConfig> limits,
        LimitConfig overall,
        Set<String> tenants,
        List<KeyConfig> keys) {

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if there is no key, too much of something, or an implicit account with other
     *     keys than its own
     */
    public AccountConfig {
        Ids.require("id", id);
        limits = List.copyOf(limits);
        tenants = Set.copyOf(tenants);
        keys = List.copyOf(keys);
        Counts.require("limits of account " + id, limits.size(), 0, Ranges.LIMITS_OF_ACCOUNT);
        Counts.require("keys of account " + id, keys.size(), 1, Ranges.KEYS_OF_ACCOUNT);
        if (implicit && (keys.size() != 1 || !keys.get(0).id().equals(id))) {
            throw new IllegalArgumentException("keys of the implicit account " + id + " are "
                    + keys.stream().map(KeyConfig::id).toList() + ", expected the one key " + id);
        }
    }

    /** What is limited of it: by class of models, for all of them, and of each of its keys. */
    public Stream<LimitConfig> allLimits() {
        return Stream.of(limits.stream(), Stream.of(overall), keys.stream().map(KeyConfig::overall))
                .flatMap(all -> all);
    }

    /** Who alone may lease from it, also where it is each of its keys that says so; empty for everybody. */
    public Set<String> reservedFor() {
        Set<Set<String>> ofKeys = keys.stream().map(KeyConfig::tenants).collect(Collectors.toSet());
        return tenants.isEmpty() && ofKeys.size() == 1 ? ofKeys.iterator().next() : tenants;
    }

    /** Its keys that not everybody may have who may lease from it. */
    public List<KeyConfig> keysReservedApart() {
        return reservedFor().equals(tenants)
                ? keys.stream().filter(key -> !key.tenants().isEmpty()).toList()
                : List.of();
    }

    /** An account with one key, which is listed by itself. */
    public static AccountConfig of(KeyConfig key, LimitConfig... limits) {
        return new AccountConfig(key.id(), true, List.of(limits), LimitConfig.NONE, Set.of(), List.of(key));
    }

    /** An account without limits; see {@link #withLimits}. */
    public static AccountConfig of(String id, KeyConfig... keys) {
        return new AccountConfig(id, false, List.of(), LimitConfig.NONE, Set.of(), List.of(keys));
    }

    public AccountConfig withLimits(LimitConfig... limits) {
        return new AccountConfig(id, implicit, List.of(limits), overall, tenants, keys);
    }

    /** The same with limits for all its models together. */
    public AccountConfig withOverall(LimitConfig overall) {
        return new AccountConfig(id, implicit, limits, overall, tenants, keys);
    }

    /** The same for these tenants alone; for everybody, if none is named. */
    public AccountConfig withTenants(String... tenants) {
        return new AccountConfig(id, implicit, limits, overall, Set.of(tenants), keys);
    }
}
