package io.keycoord.sdk.okhttp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;

/** A scripted provider on a free port, and the calls made to it. */
public final class Provider implements AutoCloseable {
    static final MediaType JSON = MediaType.get("application/json");
    public static final String CHAT =
            "{\"model\":\"vendor/model\",\"max_tokens\":50,\"messages\":[{\"role\":\"user\",\"content\":\"Hello you\"}]}";
    public static final String ANSWER =
            "{\"id\":\"g\",\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"Hi\"}}],"
                    + "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}";

    public final MockWebServer server = new MockWebServer();

    public Provider() {
        try {
            server.start(InetAddress.getLoopbackAddress(), 0);
        } catch (IOException e) {
            throw new IllegalStateException("no free port", e);
        }
    }

    public URI baseUrl() {
        return URI.create("http://127.0.0.1:" + server.getPort() + "/api/v1");
    }

    public Provider answers(int status, String body, String... headers) {
        server.enqueue(response(status, body, headers).build());
        return this;
    }

    public static MockResponse.Builder response(int status, String body, String... headers) {
        MockResponse.Builder builder = new MockResponse.Builder().code(status).body(body);
        if (body.startsWith("{")) {
            builder.setHeader("Content-Type", "application/json; charset=utf-8");
        }
        for (int i = 0; i < headers.length; i += 2) {
            builder.setHeader(headers[i], headers[i + 1]);
        }
        return builder;
    }

    public Provider succeeds() {
        return answers(200, ANSWER);
    }

    Request chat() {
        return chat(CHAT);
    }

    Request chat(String body) {
        return new Request.Builder()
                .url(baseUrl() + "/chat/completions")
                .post(RequestBody.create(body, JSON))
                .build();
    }

    public RecordedRequest taken() throws InterruptedException {
        RecordedRequest request = server.takeRequest(10, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("the provider was not called");
        }
        return request;
    }

    @Override
    public void close() {
        server.close();
    }
}
