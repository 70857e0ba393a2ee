package io.keycoord.benchmarks.sdk;

import io.keycoord.sdk.jdk.LeasedHttpClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Calls of the JDK's client. */
final class JdkSubjects {
    private static final URI NOBODY = URI.create("http://127.0.0.1:9/v1");

    private JdkSubjects() {}

    /** Answers that come at once. */
    static Subject calls() {
        FreeKeys keys = new FreeKeys(NOBODY);
        HttpClient plain = new AnsweringClient();
        HttpClient leased = LeasedHttpClient.of(plain, keys, FreeKeys.POOL);
        return new Subject("jdk, a call", 1, () -> call(plain), () -> call(leased), keys, Set.of(), () -> {});
    }

    /** Answers in events. */
    static Subject events(String name, boolean pausing) {
        EventServer server = new EventServer(pausing);
        FreeKeys keys = new FreeKeys(server.uri());
        HttpClient plain =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpClient leased = LeasedHttpClient.of(plain, keys, FreeKeys.POOL);
        return new Subject(
                "jdk, " + name,
                Talk.EVENTS,
                () -> stream(plain, server.uri()),
                () -> stream(leased, server.uri()),
                keys,
                server.threads(),
                server::close);
    }

    private static HttpRequest request(URI base, String question) {
        return HttpRequest.newBuilder(base.resolve(Talk.PATH))
                .header("Authorization", "Bearer sk-of-nobody-0123456789")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(question))
                .build();
    }

    private static void call(HttpClient client) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = client.send(request(NOBODY, Talk.QUESTION), BodyHandlers.ofByteArray());
        int length = response.body().length;
        Reader.check(length == Talk.ANSWER.length, "an answer has " + length + " bytes");
    }

    private static void stream(HttpClient client, URI server) throws IOException, InterruptedException {
        var response = client.send(request(server, Talk.QUESTION_FOR_EVENTS), BodyHandlers.ofInputStream());
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            Reader.read(lines::readLine);
        }
    }
}
