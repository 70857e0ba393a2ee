package io.keycoord.sdk.okhttp;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static io.keycoord.sdk.okhttp.StalledAnswers.events;
import static io.keycoord.sdk.okhttp.StalledAnswers.firstToken;
import static io.keycoord.sdk.okhttp.StalledAnswers.idle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.Outcome.Kind;
import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.call.CallOptions;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers over OkHttp whose data stays away, before it has begun and after. */
@Timeout(60)
class StalledAnswerTest implements StalledAnswers {
    private final Provider provider = new Provider();
    private final FakeCoordinator keys =
            new FakeCoordinator("openrouter", provider.baseUrl(), key("a1", "a"), key("b1", "b"));

    @AfterEach
    void stop() {
        provider.close();
    }

    @Override
    public Provider provider() {
        return provider;
    }

    @Override
    public FakeCoordinator keys() {
        return keys;
    }

    @Override
    public InputStream body(CallOptions options) throws IOException {
        OkHttpClient http = LeasedHttp.newClient(keys, FakeCoordinator.POOL, options);
        return http.newCall(provider.chat()).execute().body().byteStream();
    }

    @Test
    @Tag("proof")
    void streamsOfHttp2AreBoundedAlike() throws Exception {
        List<Protocol> http2 = List.of(Protocol.H2_PRIOR_KNOWLEDGE);
        provider.server.setProtocols(http2);
        provider.server.enqueue(Provider.response(200, "", events())
                .body(new PausingBody(FIRST, SHORT.multipliedBy(2), REST))
                .build());
        trickles(FIRST + COMMENT.repeat(2_000), FIRST.length(), events());
        OkHttpClient patient = over(http2, firstToken());
        OkHttpClient impatient = over(http2, idle());

        try (Response response = patient.newCall(provider.chat()).execute()) {
            assertThat(response.body().string()).isEqualTo(FIRST + REST);
        }
        try (Response response = impatient.newCall(provider.chat()).execute()) {
            assertThat(response.protocol()).isEqualTo(Protocol.H2_PRIOR_KNOWLEDGE);
            assertThatThrownBy(() -> response.body().string()).isInstanceOf(AnswerStalledException.class);
        }

        assertThat(keys.kinds()).containsExactly(Kind.SUCCESS, Kind.PROVIDER_FAILED);
    }

    private OkHttpClient over(List<Protocol> protocols, CallOptions options) {
        return LeasedHttp.configure(
                        new OkHttpClient.Builder().protocols(protocols), keys, FakeCoordinator.POOL, options)
                .build();
    }

    @Test
    void limitsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> CallOptions.standard().withFirstTokenTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("firstTokenTimeout is PT0S, expected PT0.001S to PT24H");
        assertThatThrownBy(() -> CallOptions.standard().withIdleTimeout(Duration.ofDays(2)))
                .hasMessage("idleTimeout is PT48H, expected PT0.001S to PT24H");
    }
}
