package io.keycoord.sdk.okhttp;

import io.keycoord.KeyCoordinator;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.call.PoolCalls;
import java.time.Duration;
import okhttp3.Authenticator;
import okhttp3.Dispatcher;
import okhttp3.OkHttpClient;

/**
 * Makes {@code OkHttpClient}s whose calls to a pool's base URL are leased, signed, retried and settled:
 *
 * <pre>{@code
 * OkHttpClient http = LeasedHttp.newClient(keys, "openrouter");
 * }</pre>
 *
 * <p>A call waits for a key within its call timeout, and without one for {@link CallOptions#maxWait}. The secret goes to
 * the pool's base URL only, replaces any credential the caller set, and is in no request or answer that the caller
 * sees. Calls to other hosts are left alone. Close every answer, as OkHttp asks anyway: its lease ends with it.
 *
 * <p>A call may name what it belongs to by a tag of its request: see {@link Affinity}; and how important it is:
 * {@code .tag(Priority.class, Priority.INTERACTIVE)}.
 *
 * <p>The clients are safe for use by many threads. Turn off the retries of any library above them.
 */
public final class LeasedHttp {
    private static final int MAX_REQUESTS = 512;

    private LeasedHttp() {}

    /**
     * A client with the standard options.
     *
     * @throws IllegalArgumentException if the pool is not configured
     */
    public static OkHttpClient newClient(KeyCoordinator keys, String pool) {
        return newClient(keys, pool, CallOptions.standard());
    }

    /**
     * A client of its own.
     *
     * @throws IllegalArgumentException if the pool is not configured
     */
    public static OkHttpClient newClient(KeyCoordinator keys, String pool, CallOptions options) {
        return configure(new OkHttpClient.Builder(), keys, pool, options).build();
    }

    /** Makes the clients of {@code builder} lease, with the standard options. */
    public static OkHttpClient.Builder configure(OkHttpClient.Builder builder, KeyCoordinator keys, String pool) {
        return configure(builder, keys, pool, CallOptions.standard());
    }

    /**
     * Makes the clients of {@code builder} lease. Replaces its dispatcher by one that lets 512 calls run at once, its
     * timeouts by 10 s to connect, 1 min to write and 10 min to read, and its authenticator by none; turns off
     * redirects and OkHttp's own resending. Timeouts and dispatcher may be set to something else afterwards. Network
     * interceptors that log requests belong to the builder before: those added afterwards see the secret.
     *
     * @throws IllegalArgumentException if the pool, or one of a last resort, is not configured, or calls are to be hedged;
     *     the builder is then as it was
     */
    public static OkHttpClient.Builder configure(
            OkHttpClient.Builder builder, KeyCoordinator keys, String pool, CallOptions options) {
        if (options.hedging().isPresent()) {
            throw new IllegalArgumentException("hedging is " + options.hedging().get()
                    + ", expected none: a call of OkHttp's can only be sent once at a time, use LeasedHttpClient");
        }
        PoolCalls calls = PoolCalls.of(keys, pool, options);
        return transport(builder)
                .addInterceptor(new LeaseInterceptor(calls))
                .addNetworkInterceptor(new SigningInterceptor());
    }

    private static OkHttpClient.Builder transport(OkHttpClient.Builder builder) {
        Dispatcher dispatcher = new Dispatcher();
        dispatcher.setMaxRequests(MAX_REQUESTS);
        dispatcher.setMaxRequestsPerHost(MAX_REQUESTS);
        return builder.dispatcher(dispatcher)
                .followRedirects(false)
                .followSslRedirects(false)
                .retryOnConnectionFailure(false)
                .authenticator(Authenticator.NONE)
                .connectTimeout(Duration.ofSeconds(10))
                .writeTimeout(Duration.ofMinutes(1))
                .readTimeout(Duration.ofMinutes(10));
    }
}
