package io.keycoord.sdk.okhttp;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import mockwebserver3.RecordedRequest;
import okhttp3.OkHttpClient;
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
        return Stream.of("openai", "openrouter", "anthropic", "azure", "gemini", "bedrock")
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
    void clientMadeToFollowRedirectsTakesNoSecretAlong(String dialect, int status) throws Exception {
        OkHttpClient http = redirected(dialect, status)
                .newBuilder()
                .followRedirects(true)
                .followSslRedirects(true)
                .build();

        http.newCall(provider.chat()
                        .newBuilder()
                        .header("api-key", "callers-own")
                        .build())
                .execute()
                .close();

        RecordedRequest arrived = stranger.taken();
        assertThat(arrived.getHeaders().toMultimap().toString()).doesNotContain("secret-of", "callers-own");
    }
}
