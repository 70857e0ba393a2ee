package io.keycoord.sdk.jdk;

import io.keycoord.sdk.CallFacts;
import io.keycoord.sdk.CallFactsReader;
import io.keycoord.sdk.ModelField;
import io.keycoord.sdk.UsageReader;
import io.keycoord.sdk.call.Route;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * A request about to be leased: its body read once, at most 32 MiB of it, for the model and the size, and kept to be sent
 * as often as needed.
 *
 * @param uri where it goes
 * @param facts what it asks of the limits
 * @param body what to send instead of the request's own publisher; empty for that one
 * @param replayable whether it can be sent twice
 * @param json its body, if that was read and is JSON
 */
record Outgoing(URI uri, CallFacts facts, Optional<BodyPublisher> body, boolean replayable, Optional<byte[]> json) {
    private static final int LARGEST_BUFFERED = 32 << 20;

    /** Fails as the body's publisher does. */
    static CompletableFuture<Outgoing> of(HttpRequest request, CallFactsReader reader) {
        BodyPublisher publisher = request.bodyPublisher().orElseGet(BodyPublishers::noBody);
        long length = publisher.contentLength();
        if (length == 0) {
            return CompletableFuture.completedFuture(unread(request, CallFacts.UNKNOWN, true));
        }
        boolean readable = isReadable(request);
        if (length > LARGEST_BUFFERED || (length < 0 && !readable)) {
            CallFacts facts = readable ? CallFacts.ofSize(length) : CallFacts.UNKNOWN;
            return CompletableFuture.completedFuture(unread(request, facts, false));
        }
        Collector collector = new Collector();
        publisher.subscribe(collector);
        return collector.result.thenApply(bytes -> buffered(request, bytes, reader));
    }

    private static Outgoing unread(HttpRequest request, CallFacts facts, boolean replayable) {
        return new Outgoing(request.uri(), facts, Optional.empty(), replayable, Optional.empty());
    }

    private static Outgoing buffered(HttpRequest request, byte[] bytes, CallFactsReader reader) {
        boolean readable = isReadable(request);
        CallFacts facts = readable ? reader.read(request.uri().getRawPath(), bytes) : CallFacts.UNKNOWN;
        return new Outgoing(
                request.uri(),
                facts,
                Optional.of(BodyPublishers.ofByteArray(bytes)),
                true,
                Optional.of(bytes).filter(body -> readable));
    }

    /** Whether another model can be written into its body. */
    boolean isRewritable() {
        return json.filter(ModelField::isIn).isPresent();
    }

    /** The same on another way: to another place, perhaps with another model in its body. */
    Outgoing on(Route route, URI place) {
        Optional<BodyPublisher> changed = route.model()
                .flatMap(model -> json.map(bytes -> ModelField.replaced(bytes, model)))
                .map(BodyPublishers::ofByteArray);
        return new Outgoing(place, route.facts(facts), changed.or(() -> body), replayable, json);
    }

    private static boolean isReadable(HttpRequest request) {
        String type = request.headers().firstValue("Content-Type").orElse("application/json");
        return UsageReader.isJson(UsageReader.mediaType(type))
                && request.headers().firstValue("Content-Encoding").isEmpty();
    }

    /** Gathers a body; fails if it is too large. */
    private static final class Collector implements Flow.Subscriber<ByteBuffer> {
        final CompletableFuture<byte[]> result = new CompletableFuture<>();
        private final Pieces bytes = new Pieces();
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
            bytes.add(Pieces.copy(some));
        }

        @Override
        public void onError(Throwable failure) {
            result.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            result.complete(bytes.joined());
        }
    }
}
