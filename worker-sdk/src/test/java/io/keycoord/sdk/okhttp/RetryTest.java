package io.keycoord.sdk.okhttp;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.Acquisition.Reason;
import io.keycoord.Outcome.Kind;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.FakeCoordinator.FakeKey;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RetryTest {
    private static final FakeKey A1 = key("a1", "a");
    private static final FakeKey A2 = key("a2", "a");
    private static final FakeKey B1 = key("b1", "b");
    private static final String LIMITED =
            "{\"error\":{\"message\":\"x\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}";
    private static final String UNKNOWN_KEY = "{\"error\":{\"message\":\"x\",\"code\":\"invalid_api_key\"}}";

    private final Provider provider = new Provider();

    @AfterEach
    void stop() {
        provider.close();
    }

    private FakeCoordinator keys(FakeKey... keys) {
        return new FakeCoordinator("openai", provider.baseUrl(), keys);
    }

    private int call(FakeCoordinator keys, CallOptions options) throws IOException {
        OkHttpClient http = LeasedHttp.newClient(keys, FakeCoordinator.POOL, options);
        try (Response response = http.newCall(provider.chat()).execute()) {
            return response.code();
        }
    }

    private int call(FakeCoordinator keys) throws IOException {
        return call(keys, CallOptions.standard());
    }

    private static List<String> keysUsed(FakeCoordinator keys) {
        return keys.leases.stream().map(FakeLease::keyId).toList();
    }

    @Test
    void rateLimitIsRetriedWithAnotherAccount() throws Exception {
        FakeCoordinator keys = keys(A1, A2, B1);
        provider.answers(429, LIMITED, "retry-after", "20").succeeds();

        assertThat(call(keys)).isEqualTo(200);

        assertThat(keysUsed(keys)).containsExactly("a1", "b1");
        assertThat(keys.kinds()).containsExactly(Kind.RATE_LIMITED, Kind.SUCCESS);
        assertThat(keys.outcomes().get(0).block().duration()).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void loneAccountIsAskedAgainAfterItsBlock() throws Exception {
        FakeCoordinator keys = keys(A1);
        provider.answers(429, LIMITED, "retry-after-ms", "50").succeeds();

        assertThat(call(keys)).isEqualTo(200);

        assertThat(keysUsed(keys)).containsExactly("a1", "a1");
        assertThat(keys.requests.get(1).excludedAccounts()).containsExactly("a");
        assertThat(keys.requests.get(2).excludedAccounts()).isEmpty();
    }

    @Test
    void deadKeyIsRetriedWithAnyOtherKey() throws Exception {
        FakeCoordinator keys = keys(A1, A2, B1);
        provider.answers(401, UNKNOWN_KEY).succeeds();

        assertThat(call(keys)).isEqualTo(200);

        assertThat(keysUsed(keys)).containsExactly("a1", "a2");
    }

    @Test
    void withNoOtherKeyTheCallerGetsTheAnswer() throws Exception {
        FakeCoordinator keys = keys(A1);
        provider.answers(401, UNKNOWN_KEY);

        assertThat(call(keys)).isEqualTo(401);

        assertThat(keys.kinds()).containsExactly(Kind.KEY_FAILED);
    }

    @Test
    void exclusionsAddUpAndTriesAreCounted() throws Exception {
        FakeCoordinator keys = keys(A1, B1, key("c1", "c"), key("d1", "d"));
        provider.answers(429, LIMITED)
                .answers(429, LIMITED)
                .answers(429, LIMITED)
                .succeeds();

        assertThat(call(keys)).isEqualTo(429);

        assertThat(keysUsed(keys)).containsExactly("a1", "b1", "c1");
        assertThat(provider.server.getRequestCount()).isEqualTo(3);
    }

    @Test
    void aProviderThatFailsIsAskedATenthMoreOverTime() throws Exception {
        FakeCoordinator keys = keys(A1, B1);
        CallOptions options = CallOptions.standard().withMaxAttempts(2);
        OkHttpClient http = LeasedHttp.newClient(keys, FakeCoordinator.POOL, options);
        for (int i = 0; i < 300; i++) {
            provider.answers(500, "{\"error\":{\"message\":\"x\"}}");
        }

        for (int i = 0; i < 100; i++) {
            http.newCall(provider.chat()).execute().close();
        }

        assertThat(provider.server.getRequestCount()).isEqualTo(100 + 10 + 9);
    }

    @Test
    void keysThatAreRefusedAreReplacedWhateverThatTakes() throws Exception {
        FakeCoordinator keys = keys(A1, B1);
        OkHttpClient http = LeasedHttp.newClient(keys, FakeCoordinator.POOL);

        for (int i = 0; i < 40; i++) {
            provider.answers(429, LIMITED).succeeds();
            try (Response response = http.newCall(provider.chat()).execute()) {
                assertThat(response.code()).isEqualTo(200);
            }
        }
    }

    @Test
    void keyRefusedForModelIsReplacedOnce() throws Exception {
        FakeCoordinator keys = keys(A1, A2, B1);
        String noAccess = "{\"error\":{\"message\":\"x\",\"code\":\"model_not_found\"}}";
        provider.answers(404, noAccess).answers(404, noAccess).succeeds();

        assertThat(call(keys)).isEqualTo(404);

        assertThat(keysUsed(keys)).containsExactly("a1", "a2");
    }

    @Test
    void overloadedProviderIsAskedAgainAfterItsHint() throws Exception {
        FakeCoordinator keys = keys(A1, B1);
        provider.answers(503, "{\"error\":{}}", "retry-after-ms", "30").succeeds();

        assertThat(call(keys)).isEqualTo(200);

        assertThat(keys.requests.get(1).excludedKeys()).isEmpty();
        assertThat(keys.kinds()).containsExactly(Kind.PROVIDER_FAILED, Kind.SUCCESS);
    }

    @Test
    void hintBeyondTheDeadlineIsNotWaitedFor() throws Exception {
        FakeCoordinator keys = keys(A1);
        provider.answers(503, "{\"error\":{}}", "retry-after", "3600").succeeds();

        assertThat(call(keys)).isEqualTo(503);

        assertThat(provider.server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void okHttpDoesNotResendAfterRetryAfterZero() throws Exception {
        FakeCoordinator keys = keys(A1);
        provider.answers(503, "", "Retry-After", "0").succeeds();
        OkHttpClient http = LeasedHttp.newClient(
                keys, FakeCoordinator.POOL, CallOptions.standard().withMaxAttempts(1));

        try (Response response = http.newCall(provider.chat()).execute()) {
            assertThat(response.code()).isEqualTo(503);
            assertThat(response.header("Retry-After")).isEqualTo("0");
        }

        assertThat(provider.server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void okHttpDoesNotResendAfterATimeoutAnswer() throws Exception {
        FakeCoordinator keys = keys(A1);
        provider.answers(408, "{}").succeeds();

        assertThat(call(keys)).isEqualTo(408);

        assertThat(provider.server.getRequestCount()).isEqualTo(1);
    }

    private void dropOnce() {
        provider.server.enqueue(new MockResponse.Builder()
                .onResponseStart(SocketEffect.ShutdownConnection.INSTANCE)
                .build());
        provider.succeeds();
    }

    @Test
    void requestThatMayHaveBeenExecutedIsNotRepeated() {
        FakeCoordinator keys = keys(A1, B1);
        dropOnce();

        assertThatThrownBy(() -> call(keys)).isInstanceOf(IOException.class);

        assertThat(keys.outcome().cause()).isEqualTo("ambiguous");
        assertThat(keys.outcome().usage()).isEmpty();
        assertThat(provider.server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void requestThatMayHaveBeenExecutedIsRepeatedIfAllowed() throws Exception {
        FakeCoordinator keys = keys(A1, B1);
        dropOnce();

        assertThat(call(keys, CallOptions.standard().withDuplicateGeneration(true)))
                .isEqualTo(200);

        assertThat(keysUsed(keys)).containsExactly("a1", "b1");
    }

    @Test
    void silenceIsAFailureOfTheProvider() {
        FakeCoordinator keys = keys(A1);
        provider.server.enqueue(new MockResponse.Builder()
                .onResponseStart(SocketEffect.Stall.INSTANCE)
                .build());
        OkHttpClient http = LeasedHttp.newClient(keys, FakeCoordinator.POOL)
                .newBuilder()
                .readTimeout(Duration.ofMillis(100))
                .build();

        assertThatThrownBy(() -> http.newCall(provider.chat()).execute()).isInstanceOf(IOException.class);

        assertThat(keys.outcome().cause()).isEqualTo("ambiguous_timeout");
    }

    @Test
    void unreachableProviderIsTheNetworksFault() throws Exception {
        int port = provider.server.getPort();
        provider.close();
        FakeCoordinator keys = new FakeCoordinator("openai", URI.create("http://127.0.0.1:" + port + "/api/v1"), A1);

        assertThatThrownBy(() -> call(keys, CallOptions.standard().withMaxAttempts(1)))
                .isInstanceOf(IOException.class);

        assertThat(keys.outcome().kind()).isEqualTo(Kind.NETWORK_FAILED);
    }

    @Test
    void deniedRetryLeavesTheCallerTheAnswer() throws Exception {
        FakeCoordinator keys = keys(A1);
        provider.answers(503, "{\"error\":{}}", "retry-after-ms", "1");
        provider.server.setDispatcher(new mockwebserver3.Dispatcher() {
            @Override
            public MockResponse dispatch(mockwebserver3.RecordedRequest request) {
                keys.denyNext(Reason.UNHEALTHY, Duration.ofMinutes(1));
                return Provider.response(503, "{\"error\":{}}", "retry-after-ms", "1")
                        .headersDelay(1, TimeUnit.MILLISECONDS)
                        .build();
            }
        });

        assertThat(call(keys)).isEqualTo(503);

        assertThat(keys.kinds()).containsExactly(Kind.PROVIDER_FAILED);
    }
}
