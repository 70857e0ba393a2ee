package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;

/** A provider that answers what a test wants, on a free port. */
final class Scripted implements AutoCloseable {
    static final String ANSWER = """
            {"id": "gen-1", "model": "vendor/other", "provider": "Somebody", "citations": ["x"], "choices": [
              {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi", "refusal": null}}],
             "usage": {"prompt_tokens": 12, "completion_tokens": 9, "total_tokens": 21, "cost": 0.00021,
               "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 5}}}
            """;

    private final MockWebServer server = new MockWebServer();

    Scripted() {
        try {
            server.start(InetAddress.getLoopbackAddress(), 0);
        } catch (IOException e) {
            throw new IllegalStateException("no free port", e);
        }
    }

    URI baseUrl() {
        return URI.create("http://127.0.0.1:" + server.getPort() + "/api/v1");
    }

    void answers(int status, String type, String body) {
        answers(new MockResponse.Builder()
                .code(status)
                .setHeader("Content-Type", type)
                .body(body));
    }

    void answers(MockResponse.Builder response) {
        server.enqueue(response.build());
    }

    void json(int status, String body) {
        answers(status, "application/json", body);
    }

    void events(String body) {
        answers(200, "text/event-stream", body);
    }

    /** Instead of what is enqueued; on a thread of each connection. */
    void answersBy(Dispatcher dispatcher) {
        server.setDispatcher(dispatcher);
    }

    int calls() {
        return server.getRequestCount();
    }

    RecordedRequest taken() throws InterruptedException {
        RecordedRequest request = server.takeRequest(10, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("the provider was not called");
        }
        return request;
    }

    static JsonNode bodyOf(RecordedRequest request) throws IOException {
        return new ObjectMapper().readTree(request.getBody().utf8());
    }

    @Override
    public void close() {
        server.close();
    }
}
