package io.keycoord.sdk.faults;

import io.keycoord.KeyCoordinator;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.jdk.LeasedHttpClient;
import io.keycoord.sdk.okhttp.LeasedHttp;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;

/** What carries the calls. */
enum Transport {
    OKHTTP {
        @Override
        Caller caller(KeyCoordinator keys, String pool, CallOptions options) {
            OkHttpClient http = LeasedHttp.newClient(keys, pool, options);
            return (url, body) -> {
                Request request = new Request.Builder()
                        .url(url.toString())
                        .post(RequestBody.create(body, MediaType.get("application/json")))
                        .build();
                try (Response response = http.newCall(request).execute()) {
                    String text = response.body().string();
                    return new Got(
                            response.code(), text, response.toString() + response.headers() + response.request());
                }
            };
        }
    },
    JDK {
        @Override
        Caller caller(KeyCoordinator keys, String pool, CallOptions options) {
            HttpClient http = LeasedHttpClient.of(HttpClient.newHttpClient(), keys, pool, options);
            return (url, body) -> {
                HttpRequest request = HttpRequest.newBuilder(url)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build();
                HttpResponse<InputStream> response = send(http, request);
                try (InputStream in = response.body()) {
                    String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                    return new Got(
                            response.statusCode(),
                            text,
                            response.toString()
                                    + response.headers()
                                    + response.request()
                                    + response.request().headers());
                }
            };
        }
    };

    /** What a caller sees of an answer. */
    record Got(int status, String body, String seen) {}

    /** A client of one pool. */
    interface Caller {
        /** Posts JSON and reads the answer to its end. */
        Got post(URI url, String body) throws IOException;
    }

    abstract Caller caller(KeyCoordinator keys, String pool, CallOptions options);

    private static HttpResponse<InputStream> send(HttpClient http, HttpRequest request) throws IOException {
        try {
            return http.send(request, BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
