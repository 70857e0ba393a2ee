package io.keycoord.sdk.jdk;

import io.keycoord.KeyCoordinator;
import io.keycoord.LeaseRequest;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.call.PoolCalls;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * A {@link HttpClient} whose calls to a pool's base URL are leased, signed, retried and settled:
 *
 * <pre>{@code
 * HttpClient http = LeasedHttpClient.of(HttpClient.newHttpClient(), keys, "openrouter");
 * }</pre>
 *
 * <p>A call waits for a key within the timeout of its request, and without one for {@link CallOptions#maxWait}. The
 * secret goes to the pool's base URL only, replaces any credential the caller set, and is in no request or answer that the
 * caller sees. Calls to other places are left alone. What the JDK's client calls the body's end is the lease's: read each
 * body to its end, close it or cancel it, as that client asks anyway.
 *
 * <p>A provider that says nothing for ten minutes, or for the timeout of the request if that is longer, ends the call with an
 * {@link io.keycoord.sdk.AnswerStalledException}; {@link CallOptions#withIdleTimeout} sets another limit.
 *
 * <p>A call fails with a {@link io.keycoord.sdk.LeaseUnavailableException} if no key could be leased; nothing was sent then.
 * Cancelling the future of {@link #sendAsync}, or completing it with an exception, gives the lease back and ends the call; a
 * future derived from it does not reach the call. No thread is held while a call waits
 * or is under way. Safe for use by many threads.
 */
public final class LeasedHttpClient extends HttpClient {
    private final Calls calls;
    private final Optional<String> session;

    private LeasedHttpClient(Calls calls, Optional<String> session) {
        this.calls = calls;
        this.session = session;
    }

    /** As {@link #of(HttpClient, KeyCoordinator, String, CallOptions)} with the standard options. */
    public static LeasedHttpClient of(HttpClient transport, KeyCoordinator keys, String pool) {
        return of(transport, keys, pool, CallOptions.standard());
    }

    /**
     * A client that sends through another one, which stays the caller's to close.
     *
     * @param transport must not follow redirects, as new clients do not, and have no authenticator: both would send the
     *     secret where it does not belong
     * @throws IllegalArgumentException if the pool is not configured, or {@code transport} does one of these
     */
    public static LeasedHttpClient of(HttpClient transport, KeyCoordinator keys, String pool, CallOptions options) {
        if (transport.followRedirects() != Redirect.NEVER) {
            throw new IllegalArgumentException(
                    "transport follows redirects: " + transport.followRedirects() + ", expected NEVER");
        }
        if (transport.authenticator().isPresent()) {
            throw new IllegalArgumentException("transport has an authenticator, expected none");
        }
        return new LeasedHttpClient(new Calls(transport, PoolCalls.of(keys, pool, options)), Optional.empty());
    }

    /**
     * The same client for the calls of one session, which prefer the same account and key while these can serve, so that
     * prompt caches of the provider are met again.
     *
     * @param session names what belongs together, 1 to 256 characters; it stays in this worker, and is not logged
     * @throws IllegalArgumentException if it is shorter or longer
     */
    public LeasedHttpClient forSession(String session) {
        LeaseRequest.of(calls.pool()).withAffinity(session);
        return new LeasedHttpClient(calls, Optional.of(session));
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<T>> answer = sendAsync(request, handler);
        try {
            return answer.get();
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            throw thrown(e.getCause());
        }
    }

    private static IOException thrown(@Nullable Throwable cause) {
        if (cause instanceof RuntimeException e) {
            throw e;
        } else if (cause instanceof Error e) {
            throw e;
        }
        return cause instanceof IOException e ? e : new IOException(cause);
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
        return calls.address.covers(request.uri())
                ? new Exchange<>(calls, request, handler, session).begin()
                : calls.transport.sendAsync(request, handler);
    }

    /** Of a leased call, what a server promises to push is not taken. */
    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, BodyHandler<T> handler, @Nullable PushPromiseHandler<T> pushed) {
        return calls.address.covers(request.uri())
                ? sendAsync(request, handler)
                : calls.transport.sendAsync(request, handler, pushed);
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return calls.transport.cookieHandler();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return calls.transport.connectTimeout();
    }

    @Override
    public Redirect followRedirects() {
        return Redirect.NEVER;
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return calls.transport.proxy();
    }

    @Override
    public SSLContext sslContext() {
        return calls.transport.sslContext();
    }

    @Override
    public SSLParameters sslParameters() {
        return calls.transport.sslParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return Optional.empty();
    }

    @Override
    public Version version() {
        return calls.transport.version();
    }

    @Override
    public Optional<Executor> executor() {
        return calls.transport.executor();
    }

    /** Of the transport: a socket is not leased. */
    @Override
    public WebSocket.Builder newWebSocketBuilder() {
        return calls.transport.newWebSocketBuilder();
    }

    @Override
    public String toString() {
        return "LeasedHttpClient[" + calls.pool() + "]";
    }
}
