package io.keycoord.sdk.jdk;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition.Reason;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome.Kind;
import io.keycoord.Usage;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.FakeCoordinator;
import io.keycoord.sdk.okhttp.Provider;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Authenticator;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is leased, signed, tried again and given back, whatever the answer. */
class LeasedHttpClientTest extends JdkClientTest {
    private static final String LIMITED = "{\"error\":{\"code\":429,\"message\":\"limit_rpm/x\"}}";

    @Test
    void callIsLeasedForItsModelAndSizeSignedAndSettled() throws Exception {
        provider.succeeds();

        HttpResponse<String> response = call();

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(Provider.ANSWER);
        LeaseRequest asked = keys.requests.get(0);
        assertThat(asked.model()).isEqualTo("vendor/model");
        assertThat(asked.outputTokens()).isEqualTo(50);
        RecordedRequest sent = provider.taken();
        assertThat(sent.getHeaders().get("Authorization")).isEqualTo("Bearer secret-of-a1");
        assertThat(sent.getHeaders().get("X-Title")).isEqualTo("test");
        assertThat(sent.getBody().utf8()).isEqualTo(Provider.CHAT);
        assertThat(keys.outcome().usage()).contains(Usage.tokens(9, 2));
    }

    @ParameterizedTest
    @CsvSource({
        "openrouter, Authorization, Bearer secret-of-a1",
        "anthropic, x-api-key, secret-of-a1",
        "azure, api-key, secret-of-a1",
        "gemini, x-goog-api-key, secret-of-a1"
    })
    void secretReplacesEveryOtherCredential(String dialect, String header, String value) throws Exception {
        FakeCoordinator coordinator = new FakeCoordinator(dialect, provider.baseUrl(), key("a1", "a"));
        provider.succeeds();
        HttpRequest.Builder request = chat().header("X-Title", "mine");
        List.of("Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key")
                .forEach(name -> request.header(name, "callers-own"));

        HttpResponse<String> response = LeasedHttpClient.of(transport, coordinator, FakeCoordinator.POOL)
                .send(request.build(), BodyHandlers.ofString());

        RecordedRequest sent = provider.taken();
        assertThat(sent.getHeaders().values(header)).containsExactly(value);
        assertThat(sent.getHeaders().toMultimap().toString()).doesNotContain("callers-own");
        assertThat(sent.getHeaders().get("X-Title")).isEqualTo("mine");
        assertThat(response.request().headers().map().toString()).doesNotContain("secret");
        assertThat(response.previousResponse()).isEmpty();
        assertThat(response.toString()).doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v2/chat", "/api/v10/chat", "/api", "/", "/api/v1/../v2/x", "/api/v1/%2e%2E/x"})
    void callBesideTheBaseUrlPassesUntouched(String path) throws Exception {
        provider.answers(200, "{}");
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + provider.server.getPort() + path))
                .header("Authorization", "callers-own")
                .build();

        http.send(request, BodyHandlers.ofString());

        assertThat(provider.taken().getHeaders().get("Authorization")).isEqualTo("callers-own");
        assertThat(keys.requests).isEmpty();
    }

    @Test
    void anotherHostPassesUntouched() throws Exception {
        provider.answers(200, "{}");

        http.send(
                HttpRequest.newBuilder(URI.create("http://localhost:" + provider.server.getPort() + "/api/v1/key"))
                        .build(),
                BodyHandlers.discarding());

        assertThat(provider.taken().getHeaders().get("Authorization")).isNull();
        assertThat(keys.requests).isEmpty();
    }

    @Test
    void callWithoutABodyIsLeasedForAnyModel() throws Exception {
        provider.answers(200, "{\"data\":{}}");

        http.send(
                HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/key")).build(), BodyHandlers.ofString());

        assertThat(keys.requests.get(0).model()).isEqualTo(LeaseRequest.ANY_MODEL);
        assertThat(keys.outcome()).hasToString("Outcome[SUCCESS, ok]");
    }

    @Test
    void rateLimitIsRetriedWithAnotherAccount() throws Exception {
        provider.answers(429, LIMITED, "retry-after", "20").succeeds();

        assertThat(call().body()).isEqualTo(Provider.ANSWER);

        assertThat(keys.kinds()).containsExactly(Kind.RATE_LIMITED, Kind.SUCCESS);
        assertThat(keys.requests.get(1).excludedAccounts()).containsExactly("a");
    }

    @Test
    void whatPassesIsTriedAgainAfterAPause() throws Exception {
        provider.answers(503, "{\"error\":{\"code\":503,\"message\":\"x\"}}").succeeds();

        assertThat(call().statusCode()).isEqualTo(200);

        assertThat(keys.kinds()).containsExactly(Kind.PROVIDER_FAILED, Kind.SUCCESS);
    }

    @Test
    void refusalReachesTheCallerUnchanged() throws Exception {
        String large = "{\"error\":{\"code\":400,\"message\":\"" + "x".repeat(200_000) + "\"}}";
        provider.answers(400, large);

        HttpResponse<String> response = call();

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).isEqualTo(large);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json; charset=utf-8");
        assertThat(keys.outcome().kind()).isEqualTo(Kind.CALLER_FAULT);
    }

    @Test
    void withNoOtherKeyTheCallerGetsTheAnswer() throws Exception {
        FakeCoordinator one = new FakeCoordinator("openai", provider.baseUrl(), key("a1", "a"));
        provider.answers(401, "{\"error\":{\"message\":\"x\",\"code\":\"invalid_api_key\"}}");

        HttpResponse<String> response =
                LeasedHttpClient.of(transport, one, FakeCoordinator.POOL).send(chat().build(), BodyHandlers.ofString());

        assertThat(response.statusCode()).isEqualTo(401);
        assertThat(response.body()).contains("invalid_api_key");
        assertThat(one.kinds()).containsExactly(Kind.KEY_FAILED);
    }

    @Test
    void errorInsideASuccessIsRecognised() throws Exception {
        provider.answers(
                200, "{\"choices\":[{\"finish_reason\":\"error\",\"error\":{\"code\":400,\"message\":\"m\"}}]}");

        assertThat(call().body()).contains("finish_reason");

        assertThat(keys.outcome().kind()).isEqualTo(Kind.CALLER_FAULT);
    }

    @Test
    void silenceIsNotRepeated() throws Exception {
        provider.server.enqueue(
                new MockResponse.Builder().headersDelay(20, TimeUnit.SECONDS).build());

        assertThatThrownBy(
                        () -> http.send(chat().timeout(Duration.ofMillis(300)).build(), BodyHandlers.ofString()))
                .isInstanceOf(HttpTimeoutException.class);

        assertThat(keys.outcome().kind()).isEqualTo(Kind.PROVIDER_FAILED);
        assertThat(provider.server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void whatWasNotSentIsTriedElsewhereOnce() throws Exception {
        URI nowhere = URI.create("http://127.0.0.1:1/api/v1");
        FakeCoordinator two = new FakeCoordinator("openai", nowhere, key("a1", "a"), key("b1", "b"));
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(nowhere + "/models")).build();

        assertThatThrownBy(() -> LeasedHttpClient.of(transport, two, FakeCoordinator.POOL)
                        .send(request, BodyHandlers.ofString()))
                .isInstanceOf(IOException.class);

        assertThat(two.kinds()).containsExactly(Kind.NETWORK_FAILED, Kind.NETWORK_FAILED);
    }

    @Test
    void withoutALeaseNothingIsSent() {
        keys.denyNext(Reason.NO_KEY, Duration.ZERO);

        assertThatThrownBy(this::call)
                .isInstanceOf(LeaseUnavailableException.class)
                .hasMessageContaining("no lease on pool pool");

        assertThat(provider.server.getRequestCount()).isZero();
    }

    @Test
    void leaseThatIsTooOldIsExchanged() throws Exception {
        keys.nextLeasesAreLate(1);
        provider.succeeds();

        call();

        assertThat(keys.kinds()).containsExactly(Kind.UNUSED, Kind.SUCCESS);
    }

    @Test
    void cancelledCallHangsUpAndIsAborted() throws Exception {
        provider.server.enqueue(
                new MockResponse.Builder().headersDelay(20, TimeUnit.SECONDS).build());
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(chat().build(), BodyHandlers.ofString());
        provider.taken();

        answer.cancel(true);

        await().untilAsserted(() -> assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED));
        assertThat(answer).isCancelled();
    }

    @Test
    void interruptedCallHangsUp() throws Exception {
        provider.server.enqueue(
                new MockResponse.Builder().headersDelay(20, TimeUnit.SECONDS).build());
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                call();
            } catch (Throwable e) {
                thrown.complete(e);
            }
        });
        caller.start();
        provider.taken();

        caller.interrupt();

        assertThat(thrown.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
        await().untilAsserted(() -> assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED));
    }

    @Test
    void bodyThatCannotBeReadFailsTheCallBeforeItIsLeased() {
        HttpRequest request =
                chat().POST(BodyPublishers.ofInputStream(() -> null)).build();

        assertThatThrownBy(() -> http.send(request, BodyHandlers.ofString()))
                .isInstanceOf(IOException.class)
                .hasMessage("the request's body could not be read");

        assertThat(keys.requests).isEmpty();
    }

    @Test
    void bodyOfUnknownLengthIsReadAndReplayed() throws Exception {
        provider.answers(429, LIMITED).succeeds();
        HttpRequest request = chat().POST(BodyPublishers.ofInputStream(
                        () -> new ByteArrayInputStream(Provider.CHAT.getBytes(StandardCharsets.UTF_8))))
                .build();

        assertThat(http.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);

        assertThat(keys.requests.get(0).model()).isEqualTo("vendor/model");
        assertThat(provider.taken().getBody().utf8()).isEqualTo(Provider.CHAT);
        assertThat(provider.taken().getBody().utf8()).isEqualTo(Provider.CHAT);
    }

    @Test
    void callWhoseFutureIsFailedByItsCallerIsAborted() throws Exception {
        provider.server.enqueue(
                new MockResponse.Builder().headersDelay(20, TimeUnit.SECONDS).build());
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(chat().build(), BodyHandlers.ofString());
        provider.taken();

        answer.completeExceptionally(new IOException("changed my mind"));

        await().untilAsserted(() -> assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED));
    }

    @Test
    void deadlineThatHadPassedMostlyBeforeIsNotTheProvidersFault() throws Exception {
        provider.answers(503, "{\"error\":{\"code\":503,\"message\":\"x\"}}");
        provider.server.enqueue(
                new MockResponse.Builder().headersDelay(20, TimeUnit.SECONDS).build());

        assertThatThrownBy(
                        () -> http.send(chat().timeout(Duration.ofMillis(1_500)).build(), BodyHandlers.ofString()))
                .isInstanceOf(HttpTimeoutException.class);

        assertThat(keys.kinds()).containsExactly(Kind.PROVIDER_FAILED, Kind.ABORTED);
    }

    @Test
    void largeBodyThatIsNoJsonIsNotCountedAsText() throws Exception {
        provider.succeeds();
        HttpRequest request = chat().setHeader("Content-Type", "audio/mpeg")
                .POST(BodyPublishers.ofByteArray(new byte[33 << 20]))
                .build();

        http.send(request, BodyHandlers.ofString());

        assertThat(keys.requests.get(0).inputTokens()).isZero();
    }

    @Test
    void callsOfASessionAndATenantAreLeasedSo() throws Exception {
        provider.succeeds();
        CallOptions options = CallOptions.standard().withTenant("search");

        LeasedHttpClient.of(transport, keys, FakeCoordinator.POOL, options)
                .forSession("chat-7")
                .send(chat().build(), BodyHandlers.ofString());

        assertThat(keys.requests.get(0).tenant()).contains("search");
        assertThat(keys.requests.get(0).affinity()).contains("chat-7");
    }

    @Test
    void transportThatWouldLeakIsRefused() {
        HttpClient following = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        HttpClient authenticating =
                HttpClient.newBuilder().authenticator(new Authenticator() {}).build();

        assertThatThrownBy(() -> LeasedHttpClient.of(following, keys, FakeCoordinator.POOL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("transport follows redirects: NORMAL, expected NEVER");
        assertThatThrownBy(() -> LeasedHttpClient.of(authenticating, keys, FakeCoordinator.POOL))
                .hasMessage("transport has an authenticator, expected none");
    }

    @Test
    void redirectIsNotFollowed() throws Exception {
        provider.answers(307, "", "Location", "http://localhost:" + provider.server.getPort() + "/x");

        assertThat(call().statusCode()).isEqualTo(307);

        assertThat(provider.server.getRequestCount()).isEqualTo(1);
    }
}
