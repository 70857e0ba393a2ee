package io.keycoord.sdk.okhttp;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Acquisition.Reason;
import io.keycoord.PoolInfo;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.jdk.LeasedHttpClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import mockwebserver3.RecordedRequest;
import okhttp3.Request;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A credential in a header of the own pool's rules, which the caller has set, on the way to a pool at another host. */
class OwnCredentialTest {
    private static final String HEADER = "X-Gateway-Token";
    private static final String OTHER = "other";

    private final Provider own = new Provider();
    private final Provider other = new Provider();
    private final FakeCoordinator keys = new FakeCoordinator("openai", own.baseUrl(), key("a1", "a")) {
        @Override
        public PoolInfo pool(String id) {
            return id.equals(OTHER) ? new PoolInfo(id, "groq", other.baseUrl(), Map.of()) : super.pool(id);
        }
    };

    @TempDir
    Path folder;

    private CallOptions options = CallOptions.standard();

    @BeforeEach
    void denyTheOwnPool() throws IOException {
        Path rules = folder.resolve("rules.json");
        Files.writeString(rules, "{\"extends\": \"openai\", \"credential\": {\"header\": \"" + HEADER + "\"}}");
        options = CallOptions.standard().withRules(rules).withLastResort(OTHER);
        keys.denyNext(Reason.NO_KEY, Duration.ZERO);
        other.succeeds();
    }

    @AfterEach
    void stop() {
        own.close();
        other.close();
    }

    private void assertOnlyTheLeasedOneCame() throws InterruptedException {
        RecordedRequest sent = other.taken();
        assertThat(sent.getHeaders().get("Authorization")).isEqualTo("Bearer secret-of-a1");
        assertThat(sent.getHeaders().get("X-Kept")).isEqualTo("yes");
        assertThat(sent.getHeaders().get(HEADER)).isNull();
    }

    @Test
    void staysHere() throws Exception {
        Request request = own.chat()
                .newBuilder()
                .header("x-gateway-token", "callers-own")
                .header("X-Kept", "yes")
                .build();

        LeasedHttp.newClient(keys, FakeCoordinator.POOL, options)
                .newCall(request)
                .execute()
                .close();

        assertOnlyTheLeasedOneCame();
    }

    @Test
    void staysHereWithTheClientOfTheJdkToo() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(own.baseUrl() + "/chat/completions"))
                .header("Content-Type", "application/json")
                .header("x-gateway-token", "callers-own")
                .header("X-Kept", "yes")
                .POST(HttpRequest.BodyPublishers.ofString(Provider.CHAT))
                .build();

        LeasedHttpClient.of(HttpClient.newHttpClient(), keys, FakeCoordinator.POOL, options)
                .send(request, HttpResponse.BodyHandlers.ofString());

        assertOnlyTheLeasedOneCame();
    }
}
