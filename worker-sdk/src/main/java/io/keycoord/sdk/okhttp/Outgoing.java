package io.keycoord.sdk.okhttp;

import io.keycoord.sdk.CallFacts;
import io.keycoord.sdk.CallFactsReader;
import io.keycoord.sdk.ModelField;
import io.keycoord.sdk.UsageReader;
import io.keycoord.sdk.call.Route;
import java.io.IOException;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okio.Buffer;
import okio.BufferedSink;
import okio.ForwardingSink;
import okio.Okio;
import org.jspecify.annotations.Nullable;

/**
 * A request about to be leased: its JSON body read once, at most 32 MiB of it, for the model and the size, and kept to
 * be sent as often as needed.
 *
 * @param request as it will be sent, but for the signature
 * @param facts what it asks of the limits
 * @param replayable whether it can be sent twice
 * @param json its body, if that was read; not to be changed
 */
record Outgoing(Request request, CallFacts facts, boolean replayable, Optional<byte[]> json) {
    private static final long LARGEST_BUFFERED = 32L << 20;

    static Outgoing of(Request request, CallFactsReader reader) throws IOException {
        RequestBody body = request.body();
        if (body == null) {
            return new Outgoing(request, CallFacts.UNKNOWN, true, Optional.empty());
        }
        boolean once = body.isOneShot() || body.isDuplex();
        if (body.isDuplex() || !isReadable(request, body)) {
            return new Outgoing(request, CallFacts.UNKNOWN, !once, Optional.empty());
        }
        return buffered(request, body, once, reader);
    }

    private static Outgoing buffered(Request request, RequestBody body, boolean once, CallFactsReader reader)
            throws IOException {
        Buffer buffer = new Buffer();
        if (body.contentLength() > LARGEST_BUFFERED || !copy(body, buffer)) {
            if (once) {
                throw new IOException("the request's body is larger than " + LARGEST_BUFFERED
                        + " bytes and can be written only once, so its model cannot be read before it is sent");
            }
            return new Outgoing(request, CallFacts.ofSize(body.contentLength()), true, Optional.empty());
        }
        byte[] bytes = buffer.readByteArray();
        Request replayed = request.newBuilder()
                .method(request.method(), RequestBody.create(bytes, body.contentType()))
                .build();
        CallFacts facts = reader.read(request.url().encodedPath(), bytes);
        return new Outgoing(replayed, facts, !once, Optional.of(bytes));
    }

    private static boolean copy(RequestBody body, Buffer buffer) throws IOException {
        BoundedSink bounded = new BoundedSink(buffer);
        try (BufferedSink sink = Okio.buffer(bounded)) {
            body.writeTo(sink);
        } catch (IOException e) {
            if (!bounded.full) {
                throw e;
            }
        }
        return !bounded.full;
    }

    private static boolean isReadable(Request request, RequestBody body) {
        return request.header("Content-Encoding") == null && isJson(body.contentType());
    }

    private static boolean isJson(@Nullable MediaType type) {
        return type == null || UsageReader.isJson(type.type() + "/" + type.subtype());
    }

    /** Whether another model can be written into its body. */
    boolean isRewritable() {
        return json.filter(ModelField::isIn).isPresent();
    }

    /** The same on another way: to another place, perhaps with another model in its body. */
    Outgoing on(Route route, HttpUrl url) {
        Request.Builder builder = request.newBuilder().url(url);
        RequestBody body = request.body();
        if (route.model().isPresent() && json.isPresent() && body != null) {
            byte[] bytes = ModelField.replaced(json.get(), route.model().get());
            builder.method(request.method(), RequestBody.create(bytes, body.contentType()));
        }
        return new Outgoing(builder.build(), route.facts(facts), replayable, json);
    }

    /** The request for one try. */
    Request with(Attempt attempt) {
        return request.newBuilder().tag(Attempt.class, attempt).build();
    }

    private static final class BoundedSink extends ForwardingSink {
        private long written;
        private boolean full;

        BoundedSink(Buffer buffer) {
            super(buffer);
        }

        @Override
        public void write(Buffer source, long byteCount) throws IOException {
            written += byteCount;
            if (written > LARGEST_BUFFERED) {
                full = true;
                throw new IOException("the request's body is larger than " + LARGEST_BUFFERED + " bytes");
            }
            super.write(source, byteCount);
        }
    }
}
