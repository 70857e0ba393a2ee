package io.keycoord.sdk.okhttp;

import io.keycoord.sdk.call.PoolCalls;
import java.util.Set;
import okhttp3.HttpUrl;

/**
 * Where the calls of one pool go, and with them its secrets.
 *
 * @param address the only place for them
 * @param stripped the headers that no call takes along from its maker
 */
record Destination(PoolCalls calls, PoolAddress address, Set<String> stripped) {
    static Destination of(PoolCalls calls, Set<String> stripped) {
        return new Destination(calls, new PoolAddress(calls.pool().baseUrl()), stripped);
    }

    /** What lies here at the place that {@code url} is below {@code own}. */
    HttpUrl placed(HttpUrl url, Destination own) {
        return own.address.equals(address) ? url : address.resolved(own.address.below(url), url.encodedQuery());
    }
}
