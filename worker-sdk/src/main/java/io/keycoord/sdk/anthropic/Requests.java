package io.keycoord.sdk.anthropic;

import com.anthropic.core.http.Headers;
import com.anthropic.core.http.HttpRequest;
import com.anthropic.core.http.HttpRequestBody;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/** The requests of anthropic-java in the words of OkHttp. */
final class Requests {
    private Requests() {}

    static Request of(HttpRequest request) {
        Request.Builder builder =
                new Request.Builder().url(request.url()).method(request.method().name(), body(request));
        Headers headers = request.headers();
        for (String name : headers.names()) {
            headers.values(name).forEach(value -> builder.addHeader(name, value));
        }
        return builder.build();
    }

    private static @Nullable RequestBody body(HttpRequest request) {
        if (request.body().isPresent()) {
            return new Body(request.body().get());
        }
        return switch (request.method()) {
            case POST, PUT, PATCH -> RequestBody.create(new byte[0]);
            default -> null;
        };
    }

    private static final class Body extends RequestBody {
        private final HttpRequestBody body;

        Body(HttpRequestBody body) {
            this.body = body;
        }

        @Override
        public @Nullable MediaType contentType() {
            String type = body.contentType();
            return type == null ? null : MediaType.parse(type);
        }

        @Override
        public long contentLength() {
            return body.contentLength();
        }

        @Override
        public boolean isOneShot() {
            return !body.repeatable();
        }

        @Override
        public void writeTo(BufferedSink sink) {
            body.writeTo(sink.outputStream());
        }
    }
}
