package io.keycoord.benchmarks.sdk;

import io.keycoord.sdk.okhttp.LeasedHttp;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSource;

/** Calls of OkHttp's client. */
final class OkHttpSubjects {
    private static final MediaType JSON = MediaType.get("application/json");
    private static final URI NOBODY = URI.create("http://127.0.0.1:9/v1");

    private OkHttpSubjects() {}

    /** Answers that come at once. */
    static Subject calls() {
        FreeKeys keys = new FreeKeys(NOBODY);
        OkHttpClient.Builder base = new OkHttpClient.Builder().socketFactory(AnsweringSocket.factory());
        OkHttpClient plain = plain(base.build());
        OkHttpClient leased = leased(base.build(), keys);
        return new Subject(
                "okhttp, a call",
                1,
                () -> call(plain),
                () -> call(leased),
                keys,
                Set.of(),
                () -> hangUp(plain, leased));
    }

    /** Answers in events. */
    static Subject events(String name, boolean pausing) {
        EventServer server = new EventServer(pausing);
        FreeKeys keys = new FreeKeys(server.uri());
        OkHttpClient plain = plain(new OkHttpClient());
        OkHttpClient leased = leased(new OkHttpClient(), keys);
        return new Subject(
                "okhttp, " + name,
                Talk.EVENTS,
                () -> stream(plain, server.uri()),
                () -> stream(leased, server.uri()),
                keys,
                server.threads(),
                () -> {
                    hangUp(plain, leased);
                    server.close();
                });
    }

    /** With the limits that {@link LeasedHttp} sets, so that these cost the same. */
    private static OkHttpClient plain(OkHttpClient client) {
        return client.newBuilder()
                .connectTimeout(Duration.ofSeconds(10))
                .writeTimeout(Duration.ofMinutes(1))
                .readTimeout(Duration.ofMinutes(10))
                .build();
    }

    private static OkHttpClient leased(OkHttpClient client, FreeKeys keys) {
        return LeasedHttp.configure(client.newBuilder(), keys, FreeKeys.POOL).build();
    }

    private static Request request(URI base, String question) {
        return new Request.Builder()
                .url(base.resolve(Talk.PATH).toString())
                .header("Authorization", "Bearer sk-of-nobody-0123456789")
                .post(RequestBody.create(question, JSON))
                .build();
    }

    private static void call(OkHttpClient client) throws IOException {
        try (Response response = client.newCall(request(NOBODY, Talk.QUESTION)).execute()) {
            byte[] answer = response.body().bytes();
            Reader.check(answer.length == Talk.ANSWER.length, "an answer has " + answer.length + " bytes");
        }
    }

    private static void stream(OkHttpClient client, URI server) throws IOException {
        try (Response response =
                client.newCall(request(server, Talk.QUESTION_FOR_EVENTS)).execute()) {
            BufferedSource source = response.body().source();
            Reader.read(source::readUtf8Line);
        }
    }

    private static void hangUp(OkHttpClient... clients) {
        for (OkHttpClient client : clients) {
            client.dispatcher().executorService().shutdown();
            client.connectionPool().evictAll();
        }
    }
}
