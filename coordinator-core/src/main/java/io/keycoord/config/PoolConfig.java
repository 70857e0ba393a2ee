package io.keycoord.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The accounts and keys that can serve the same calls.
 *
 * @param id its public name
 * @param provider the provider's dialect
 * @param baseUrl where the provider is called; https, or http to a loopback host
 * @param strategy in which order accounts and keys are chosen
 * @param leaseTtl how long a lease lives without being renewed, 1 s to 1 h
 * @param breaker when a failing key is rested
 * @param whenAllUnhealthy what is answered when every key rests
 * @param headers added to each call
 * @param accounts at least one, at most 100,000, with distinct ids; key ids are distinct in the whole pool
 */
public record PoolConfig(
        String id,
        String provider,
        URI baseUrl,
        Strategy strategy,
        Duration leaseTtl,
        BreakerConfig breaker,
        UnhealthyPolicy whenAllUnhealthy,
        Map<String, String> headers,
        List<AccountConfig> accounts) {

    /** How long a lease lives without being renewed, unless the pool says otherwise. */
    public static final Duration STANDARD_LEASE_TTL = Duration.ofMinutes(2);

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public PoolConfig {
        Ids.require("id", id);
        Objects.requireNonNull(provider, "provider");
        BaseUrls.mistake(baseUrl.toString()).ifPresent(mistake -> {
            throw new IllegalArgumentException("baseUrl " + mistake);
        });
        Objects.requireNonNull(strategy, "strategy");
        Ranges.LEASE_TTL.require("leaseTtl", leaseTtl);
        Objects.requireNonNull(breaker, "breaker");
        Objects.requireNonNull(whenAllUnhealthy, "whenAllUnhealthy");
        headers = Map.copyOf(headers);
        headers.forEach(Headers::require);
        accounts = List.copyOf(accounts);
        Counts.require("accounts of pool " + id, accounts.size(), 1, Ranges.ACCOUNTS_OF_POOL);
        Counts.requireDistinct("accounts of pool " + id, accounts.stream().map(AccountConfig::id));
        Counts.requireDistinct("keys of pool " + id, keyIds(accounts));
    }

    /**
     * A pool with the standard strategy, lease time and breaker, no headers.
     *
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static PoolConfig of(String id, String provider, URI baseUrl, AccountConfig... accounts) {
        return new PoolConfig(
                id,
                provider,
                baseUrl,
                Strategy.MOST_HEADROOM,
                STANDARD_LEASE_TTL,
                BreakerConfig.STANDARD,
                UnhealthyPolicy.DENY,
                Map.of(),
                List.of(accounts));
    }

    public PoolConfig withStrategy(Strategy strategy) {
        return new PoolConfig(id, provider, baseUrl, strategy, leaseTtl, breaker, whenAllUnhealthy, headers, accounts);
    }

    public PoolConfig withLeaseTtl(Duration leaseTtl) {
        return new PoolConfig(id, provider, baseUrl, strategy, leaseTtl, breaker, whenAllUnhealthy, headers, accounts);
    }

    public PoolConfig withBreaker(BreakerConfig breaker) {
        return new PoolConfig(id, provider, baseUrl, strategy, leaseTtl, breaker, whenAllUnhealthy, headers, accounts);
    }

    public PoolConfig withWhenAllUnhealthy(UnhealthyPolicy whenAllUnhealthy) {
        return new PoolConfig(id, provider, baseUrl, strategy, leaseTtl, breaker, whenAllUnhealthy, headers, accounts);
    }

    public PoolConfig withHeaders(Map<String, String> headers) {
        return new PoolConfig(id, provider, baseUrl, strategy, leaseTtl, breaker, whenAllUnhealthy, headers, accounts);
    }

    public PoolConfig withAccounts(List<AccountConfig> accounts) {
        return new PoolConfig(id, provider, baseUrl, strategy, leaseTtl, breaker, whenAllUnhealthy, headers, accounts);
    }

    /** Without the values of the headers, for people put secrets into them. */
    @Override
    public String toString() {
        return "PoolConfig[" + id + ", " + provider + ", " + baseUrl + ", " + strategy + ", leaseTtl " + leaseTtl + ", "
                + breaker + ", whenAllUnhealthy " + whenAllUnhealthy + ", headers " + headers.keySet() + ", " + accounts
                + "]";
    }

    private static Stream<String> keyIds(List<AccountConfig> accounts) {
        return accounts.stream().flatMap(account -> account.keys().stream()).map(KeyConfig::id);
    }
}
