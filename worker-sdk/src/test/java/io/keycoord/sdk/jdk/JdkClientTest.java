package io.keycoord.sdk.jdk;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;

import io.keycoord.sdk.okhttp.FakeCoordinator;
import io.keycoord.sdk.okhttp.Provider;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** A provider that answers what a test wants, and a client of the JDK that leases. */
@Timeout(60)
abstract class JdkClientTest {
    final Provider provider = new Provider();
    final FakeCoordinator keys = new FakeCoordinator("openrouter", provider.baseUrl(), key("a1", "a"), key("b1", "b"));
    final HttpClient transport = HttpClient.newHttpClient();
    final HttpClient http = LeasedHttpClient.of(transport, keys, FakeCoordinator.POOL);

    @AfterEach
    void stop() {
        provider.close();
    }

    HttpRequest.Builder chat() {
        return HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(Provider.CHAT));
    }

    HttpResponse<String> call() throws Exception {
        return http.send(chat().build(), BodyHandlers.ofString());
    }
}
