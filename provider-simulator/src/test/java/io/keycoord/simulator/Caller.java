package io.keycoord.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** What a user's program would do, over the JDK's client. */
final class Caller {

    static final String SECRET = "sim-secret-a-1";
    static final String OTHER_SECRET = "sim-secret-a-2";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Caller() {}

    static SimulatedAccount.Builder account() {
        return SimulatedAccount.builder("a").key("a-1", SECRET).key("a-2", OTHER_SECRET);
    }

    static SimulatorConfig.Builder config(SimulatedAccount.Builder account) {
        return SimulatorConfig.builder().latency(Latency.none()).account(account.build());
    }

    /** A prompt of 8 tokens ("hi" is 1, 4 for the message, 3 for the call), and so many more at most. */
    static String body(int maxTokens) {
        return "{\"model\":\"sim/chat\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"max_tokens\":"
                + maxTokens + "}";
    }

    static String streamed(int maxTokens) {
        return body(maxTokens).replace("\"max_tokens\"", "\"stream\":true,\"max_tokens\"");
    }

    static HttpResponse<String> chat(ProviderSimulator provider, String body) {
        return chat(provider, SECRET, body);
    }

    static HttpResponse<String> chat(ProviderSimulator provider, String secret, String body) {
        return send(request(provider.baseUrl() + "/chat/completions", secret)
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    static HttpResponse<String> get(ProviderSimulator provider, String path, String secret) {
        return send(request(provider.url() + path, secret).GET());
    }

    static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static HttpRequest.Builder request(String url, String secret) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).header("Authorization", "Bearer " + secret);
    }

    static JsonNode json(HttpResponse<String> answer) {
        return json(answer.body());
    }

    static JsonNode json(String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (IOException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }
}
