package io.keycoord.sdk.jdk;

import io.keycoord.sdk.CallFacts;
import io.keycoord.sdk.CallFactsReader;
import io.keycoord.sdk.UsageReader;
import java.io.ByteArrayOutputStream;
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
        if (length > LARGEST_BUFFERED) {
            return CompletableFuture.completedFuture(tooLarge(length));
        }
        Collector collector = new Collector();
        publisher.subscribe(collector);
        return collector.result.thenApply(
                bytes -> bytes.map(read -> buffered(request, read, reader)).orElseGet(() -> tooLarge(length)));
    }

    private static Outgoing tooLarge(long length) {
        return new Outgoing(CallFacts.ofSize(length), Optional.empty(), false);
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

    /** Gathers a body; nothing if it is too large. */
    private static final class Collector implements Flow.Subscriber<ByteBuffer> {
        final CompletableFuture<Optional<byte[]>> result = new CompletableFuture<>();
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
                result.complete(Optional.empty());
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
            result.complete(Optional.of(bytes.toByteArray()));
        }
    }
}
