package io.keycoord.sdk.okhttp;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.sdk.jdk.LeasedHttpClient;
import io.keycoord.sdk.provider.Dialect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.stream.Stream;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RedirectTest {
    private final Provider provider = new Provider();
    private final Provider stranger = new Provider();

    @AfterEach
    void stop() {
        provider.close();
        stranger.close();
    }

    static Stream<Arguments> cases() {
        return Stream.of(
                        "anthropic",
                        "azure",
                        "bedrock",
                        "deepseek",
                        "gemini",
                        "groq",
                        "mistral",
                        "openai",
                        "openai-compatible",
                        "openrouter",
                        "together")
                .flatMap(dialect -> Stream.of(301, 302, 303, 307, 308).map(status -> Arguments.of(dialect, status)));
    }

    private OkHttpClient redirected(String dialect, int status) {
        String elsewhere = stranger.baseUrl() + "/chat/completions";
        provider.answers(status, "", "Location", elsewhere);
        stranger.succeeds();
        FakeCoordinator keys = new FakeCoordinator(dialect, provider.baseUrl(), key("a1", "a"));
        return LeasedHttp.newClient(keys, FakeCoordinator.POOL);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void redirectIsNotFollowed(String dialect, int status) throws Exception {
        OkHttpClient http = redirected(dialect, status);

        try (Response response = http.newCall(provider.chat()).execute()) {
            assertThat(response.code()).isEqualTo(status);
        }

        assertThat(stranger.server.getRequestCount()).isZero();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void clientOfTheJdkDoesNotFollowItEither(String dialect, int status) throws Exception {
        redirected(dialect, status);
        FakeCoordinator keys = new FakeCoordinator(dialect, provider.baseUrl(), key("a1", "a"));
        HttpClient http = LeasedHttpClient.of(HttpClient.newHttpClient(), keys, FakeCoordinator.POOL);
        HttpRequest request = HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/chat/completions"))
                .POST(BodyPublishers.ofString(Provider.CHAT))
                .build();

        assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(status);

        assertThat(provider.taken().getHeaders().toMultimap().toString()).contains("secret-of-a1");
        assertThat(stranger.server.getRequestCount()).isZero();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void clientMadeToFollowRedirectsTakesNoSecretAlong(String dialect, int status) throws Exception {
        OkHttpClient http = redirected(dialect, status)
                .newBuilder()
                .followRedirects(true)
                .followSslRedirects(true)
                .build();

        Request.Builder request =
                provider.chat().newBuilder().url(provider.baseUrl() + "/chat/completions?key=callers-own");
        Dialect.CREDENTIAL_HEADERS.forEach(name -> request.header(name, "callers-own"));
        http.newCall(request.build()).execute().close();

        assertThat(provider.taken().getHeaders().toMultimap().toString()).contains("secret-of-a1");
        RecordedRequest arrived = stranger.taken();
        assertThat(arrived.getHeaders().toMultimap().toString()).doesNotContain("secret-of", "callers-own");
        assertThat(arrived.getTarget()).doesNotContain("secret-of", "callers-own");
    }
}
