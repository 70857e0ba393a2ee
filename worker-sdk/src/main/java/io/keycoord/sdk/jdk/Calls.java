package io.keycoord.sdk.jdk;

import io.keycoord.Lease;
import io.keycoord.sdk.AnswerHead;
import io.keycoord.sdk.UsageReader;
import io.keycoord.sdk.call.PoolCalls;
import io.keycoord.sdk.call.Route;
import io.keycoord.sdk.provider.Dialect;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** What {@link PoolCalls} know, said over the JDK's client. Immutable. */
final class Calls {
    final HttpClient transport;
    final PoolUri address;
    /** Of the client, if it names one; else threads that end when they have nothing to do. */
    final Executor executor;

    private final PoolCalls pool;
    /** The headers that no call takes along from its maker; in whatever case. */
    private final Set<String> stripped;

    private final List<Calls> lastResorts;

    Calls(HttpClient transport, PoolCalls pool) {
        this(
                transport,
                pool,
                transport
                        .executor()
                        .orElseGet(() -> Executors.newCachedThreadPool(task -> {
                            Thread thread = new Thread(task, "keycoord-http");
                            thread.setDaemon(true);
                            return thread;
                        })),
                pool.credentialHeaders());
    }

    private Calls(HttpClient transport, PoolCalls pool, Executor executor, Set<String> stripped) {
        this.transport = transport;
        this.address = new PoolUri(pool.pool().baseUrl());
        this.pool = pool;
        this.executor = executor;
        this.stripped = stripped;
        this.lastResorts = pool.lastResorts().stream()
                .map(other -> new Calls(transport, other, executor, stripped))
                .toList();
    }

    /** Those of the pool to which a call goes on this way. */
    Calls on(Route route) {
        return lastResorts.stream()
                .filter(other -> other.pool().equals(route.calls().pool().id()))
                .findFirst()
                .orElse(this);
    }

    PoolCalls ofPool() {
        return pool;
    }

    String pool() {
        return pool.pool().id();
    }

    /** The request with the secret of the lease and no other credential, to be answered in that time. */
    HttpRequest signed(HttpRequest request, Outgoing outgoing, Lease lease, Optional<Duration> timeout) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(request, (name, value) -> !stripped.contains(name));
        pool.pool().headers().forEach((name, value) -> {
            if (request.headers().firstValue(name).isEmpty()) {
                builder.setHeader(name, value);
            }
        });
        builder.uri(PoolUri.withoutCredentials(outgoing.uri()));
        outgoing.body().ifPresent(body -> builder.method(request.method(), body));
        timeout.ifPresent(builder::timeout);
        String secret = lease.secret().reveal();
        Dialect dialect = pool.dialect();
        return builder.setHeader(dialect.credentialHeader(), dialect.credentialPrefix() + secret)
                .build();
    }

    static AnswerHead unread(HttpResponse<?> answer) {
        SortedMap<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        answer.headers().map().forEach((name, values) -> headers.put(name, joined(values)));
        return AnswerHead.unread(answer.statusCode(), headers, mediaType(answer));
    }

    private static String joined(List<String> values) {
        return values.size() == 1 ? values.get(0) : String.join(",", values);
    }

    /** In lower case without parameters; empty if there is none or the body cannot be read here. */
    static String mediaType(HttpResponse<?> answer) {
        String type = isEncoded(answer) ? "" : joined(answer.headers().allValues("Content-Type"));
        return UsageReader.mediaType(type);
    }

    /** Whether the body cannot be read here; the JDK's client asks for no encoding, and undoes none. */
    static boolean isEncoded(HttpResponse<?> answer) {
        return answer.headers().firstValue("Content-Encoding").isPresent();
    }
}
