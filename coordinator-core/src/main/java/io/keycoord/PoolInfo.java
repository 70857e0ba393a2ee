package io.keycoord;

import java.net.URI;
import java.util.Map;
import java.util.Objects;

/**
 * A pool, as its callers see it.
 *
 * @param id the pool's id
 * @param provider the provider's dialect, for example {@code openrouter}; it decides the header that carries the
 *     secret and how answers are classified
 * @param baseUrl the only place a leased secret is sent to
 * @param headers headers added to each call, for example {@code HTTP-Referer}
 */
public record PoolInfo(String id, String provider, URI baseUrl, Map<String, String> headers) {

    public PoolInfo {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(provider, "provider");
        Objects.requireNonNull(baseUrl, "baseUrl");
        headers = Map.copyOf(headers);
    }

    /** Without the values of the headers, for people put secrets into them. */
    @Override
    public String toString() {
        return "PoolInfo[" + id + ", " + provider + ", " + baseUrl + ", headers " + headers.keySet() + "]";
    }
}
