package io.keycoord.benchmarks.sdk;

import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** A client that reads its request and answers {@link Talk#ANSWER} at once, without a network that would drown what is measured. */
final class AnsweringClient extends HttpClient {
    private static final HttpHeaders HEADERS = headers();

    private static HttpHeaders headers() {
        Map<String, List<String>> headers = new TreeMap<>();
        Talk.HEADERS.lines().forEach(line -> {
            String[] pair = line.split(": ", 2);
            headers.put(pair[0], List.of(pair[1]));
        });
        headers.put("content-type", List.of("application/json"));
        headers.put("content-length", List.of(Integer.toString(Talk.ANSWER.length)));
        return HttpHeaders.of(headers, (name, value) -> true);
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws IOException, InterruptedException {
        try {
            return sendAsync(request, handler).get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        request.bodyPublisher().ifPresent(body -> body.subscribe(new Drain()));
        HttpResponse.BodySubscriber<T> subscriber = handler.apply(new Head(200, HEADERS, Version.HTTP_1_1));
        subscriber.onSubscribe(new Body(subscriber));
        return subscriber
                .getBody()
                .<HttpResponse<T>>thenApply(body -> new Answer<>(request, body))
                .toCompletableFuture();
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, HttpResponse.BodyHandler<T> handler, HttpResponse.PushPromiseHandler<T> pushed) {
        return sendAsync(request, handler);
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return Optional.empty();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return Optional.empty();
    }

    @Override
    public Redirect followRedirects() {
        return Redirect.NEVER;
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return Optional.empty();
    }

    @Override
    public SSLContext sslContext() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new CompletionException(e);
        }
    }

    @Override
    public SSLParameters sslParameters() {
        return new SSLParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return Optional.empty();
    }

    @Override
    public Version version() {
        return Version.HTTP_1_1;
    }

    @Override
    public Optional<Executor> executor() {
        return Optional.empty();
    }

    private record Head(int statusCode, HttpHeaders headers, Version version) implements HttpResponse.ResponseInfo {}

    private record Answer<T>(HttpRequest request, T body) implements HttpResponse<T> {
        @Override
        public int statusCode() {
            return 200;
        }

        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public HttpHeaders headers() {
            return HEADERS;
        }

        @Override
        public Optional<javax.net.ssl.SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request.uri();
        }

        @Override
        public Version version() {
            return Version.HTTP_1_1;
        }
    }

    /** Copies a request's body, as a connection would. */
    private static final class Drain implements Flow.Subscriber<ByteBuffer> {
        private final List<byte[]> bytes = new ArrayList<>();

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ByteBuffer some) {
            byte[] copy = new byte[some.remaining()];
            some.get(copy);
            bytes.add(copy);
        }

        @Override
        public void onError(Throwable failure) {
            throw new CompletionException(failure);
        }

        @Override
        public void onComplete() {
            // All was read.
        }
    }

    /** The answer's body, in one piece, when it is asked for. */
    private static final class Body implements Flow.Subscription {
        private final Flow.Subscriber<? super List<ByteBuffer>> subscriber;
        private boolean given;

        Body(Flow.Subscriber<? super List<ByteBuffer>> subscriber) {
            this.subscriber = subscriber;
        }

        @Override
        public void request(long count) {
            if (!given) {
                given = true;
                subscriber.onNext(List.of(ByteBuffer.wrap(Talk.ANSWER.clone()).asReadOnlyBuffer()));
                subscriber.onComplete();
            }
        }

        @Override
        public void cancel() {
            given = true;
        }
    }
}
