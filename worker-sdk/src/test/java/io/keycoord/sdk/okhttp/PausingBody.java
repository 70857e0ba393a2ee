package io.keycoord.sdk.okhttp;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponseBody;
import okio.BufferedSink;

/** A body that comes in two parts with a pause between them. */
public record PausingBody(String first, Duration pause, String rest) implements MockResponseBody {
    @Override
    public long getContentLength() {
        return (long) first.length() + rest.length();
    }

    @Override
    public void writeTo(BufferedSink sink) throws IOException {
        sink.writeString(first, StandardCharsets.UTF_8).flush();
        try {
            boolean unused = new CountDownLatch(1).await(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the server was closed");
        }
        sink.writeString(rest, StandardCharsets.UTF_8);
    }
}
