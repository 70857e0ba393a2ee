package io.keycoord.sdk.jdk;

import io.keycoord.sdk.CallFacts;
import io.keycoord.sdk.CallFactsReader;
import io.keycoord.sdk.UsageReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * A request about to be leased: its body read once, at most 32 MiB of it, for the model and the size, and kept to be sent
 * as often as needed.
 *
 * @param facts what it asks of the limits
 * @param body what to send instead of the request's own publisher; empty for that one
 * @param replayable whether it can be sent twice
 */
record Outgoing(CallFacts facts, Optional<BodyPublisher> body, boolean replayable) {
    private static final int LARGEST_BUFFERED = 32 << 20;

    /** Fails as the body's publisher does. */
    static CompletableFuture<Outgoing> of(HttpRequest request, CallFactsReader reader) {
        BodyPublisher publisher = request.bodyPublisher().orElseGet(BodyPublishers::noBody);
        long length = publisher.contentLength();
        if (length == 0) {
            return CompletableFuture.completedFuture(new Outgoing(CallFacts.UNKNOWN, Optional.empty(), true));
        }
        boolean readable = isReadable(request);
        if (length > LARGEST_BUFFERED || (length < 0 && !readable)) {
            CallFacts facts = readable ? CallFacts.ofSize(length) : CallFacts.UNKNOWN;
            return CompletableFuture.completedFuture(new Outgoing(facts, Optional.empty(), false));
        }
        Collector collector = new Collector();
        publisher.subscribe(collector);
        return collector.result.thenApply(bytes -> buffered(request, bytes, reader));
    }

    private static Outgoing buffered(HttpRequest request, byte[] bytes, CallFactsReader reader) {
        CallFacts facts = isReadable(request) ? reader.read(request.uri().getRawPath(), bytes) : CallFacts.UNKNOWN;
        return new Outgoing(facts, Optional.of(BodyPublishers.ofByteArray(bytes)), true);
    }

    private static boolean isReadable(HttpRequest request) {
        String type = request.headers().firstValue("Content-Type").orElse("application/json");
        String plain = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return UsageReader.isJson(plain)
                && request.headers().firstValue("Content-Encoding").isEmpty();
    }

    /** Gathers a body; fails if it is too large. */
    private static final class Collector implements Flow.Subscriber<ByteBuffer> {
        final CompletableFuture<byte[]> result = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Flow.Subscription subscription = new NoSubscription();

        @Override
        public void onSubscribe(Flow.Subscription begun) {
            subscription = begun;
            begun.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ByteBuffer some) {
            if (bytes.size() + (long) some.remaining() > LARGEST_BUFFERED) {
                subscription.cancel();
                result.completeExceptionally(new IOException("it is larger than " + LARGEST_BUFFERED
                        + " bytes and of unknown length, so its model cannot be read before it is sent"));
                return;
            }
            byte[] copy = new byte[some.remaining()];
            some.get(copy);
            bytes.writeBytes(copy);
        }

        @Override
        public void onError(Throwable failure) {
            result.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            result.complete(bytes.toByteArray());
        }
    }
}
