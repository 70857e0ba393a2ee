package io.keycoord.sdk.jdk;

import static io.keycoord.sdk.okhttp.StalledAnswers.events;
import static io.keycoord.sdk.okhttp.StalledAnswers.idle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.Outcome.Kind;
import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.FakeCoordinator;
import io.keycoord.sdk.okhttp.Provider;
import io.keycoord.sdk.okhttp.StalledAnswers;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Test;

/** Answers over the JDK's client whose data stays away, before it has begun and after. */
class StalledAnswerTest extends JdkClientTest implements StalledAnswers {
    @Override
    public Provider provider() {
        return provider;
    }

    @Override
    public FakeCoordinator keys() {
        return keys;
    }

    @Override
    public InputStream body(CallOptions options) throws Exception {
        return LeasedHttpClient.of(transport, keys, FakeCoordinator.POOL, options)
                .send(chat().build(), BodyHandlers.ofInputStream())
                .body();
    }

    @Test
    void timeThatTheCallerTakesDoesNotCount() throws Exception {
        String body = FIRST.repeat(20_000) + REST;
        provider.answers(200, body, events());
        trickles(FIRST + COMMENT.repeat(2_000), FIRST.length(), events());

        try (InputStream in = body(idle())) {
            assertThat(in.read()).isEqualTo('d');
            // Of another one the provider's silence is too long meanwhile.
            standsStill(idle());
            assertThat(in.readAllBytes()).hasSize(body.length() - 1);
        }

        assertThat(keys.kinds()).containsExactlyInAnyOrder(Kind.PROVIDER_FAILED, Kind.SUCCESS);
    }

    @Test
    void requestWithATimeoutOfItsOwnWaitsForItsHeadersAsLongAsThat() throws Exception {
        provider.server.enqueue(Provider.response(200, Provider.ANSWER)
                .headersDelay(1, TimeUnit.SECONDS)
                .build());

        HttpResponse<String> response = LeasedHttpClient.of(transport, keys, FakeCoordinator.POOL, idle())
                .send(chat().timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());

        assertThat(response.body()).isEqualTo(Provider.ANSWER);
    }

    @Test
    void requestWithoutATimeoutIsBoundedByTheIdleTimeout() {
        provider.server.enqueue(
                new MockResponse.Builder().headersDelay(20, TimeUnit.SECONDS).build());

        assertThatThrownBy(() -> body(idle())).isInstanceOf(AnswerStalledException.class);

        assertThat(keys.outcome().cause()).isEqualTo("ambiguous_timeout");
    }
}
