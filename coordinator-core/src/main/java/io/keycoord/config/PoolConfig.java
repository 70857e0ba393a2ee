package io.keycoord.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The accounts and keys that can serve the same calls.
 *
 * @param id its public name
 * @param provider the provider's dialect
 * @param baseUrl where the provider is called
 * @param strategy in which order accounts and keys are chosen
 * @param leaseTtl how long a lease lives without being renewed, 1 s to 1 h
 * @param breaker when a failing key is rested
 * @param whenAllUnhealthy what is answered when every key rests
 * @param headers added to each call
 * @param accounts at least one
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

    public PoolConfig {
        headers = Map.copyOf(headers);
        accounts = List.copyOf(accounts);
    }
}
