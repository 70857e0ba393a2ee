package io.keycoord.sdk.jdk;

import io.keycoord.KeyCoordinator;
import io.keycoord.embedded.TestRedis;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.call.DetourTest;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

class JdkDetourTest extends DetourTest {
    private final HttpClient transport = HttpClient.newHttpClient();

    JdkDetourTest(TestRedis redis) {
        super(redis);
    }

    @Override
    protected Answer send(KeyCoordinator keys, String pool, CallOptions options, URI uri, String body, Duration timeout)
            throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .POST(BodyPublishers.ofString(body))
                .timeout(timeout)
                .build();
        HttpResponse<String> answer =
                LeasedHttpClient.of(transport, keys, pool, options).send(request, BodyHandlers.ofString());
        return new Answer(answer.statusCode(), answer.body());
    }

    @Override
    protected Answer sendOnce(KeyCoordinator keys, String pool, CallOptions options, URI uri, byte[] body)
            throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Content-Type", "application/octet-stream")
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                .build();
        HttpResponse<String> answer =
                LeasedHttpClient.of(transport, keys, pool, options).send(request, BodyHandlers.ofString());
        return new Answer(answer.statusCode(), answer.body());
    }
}
