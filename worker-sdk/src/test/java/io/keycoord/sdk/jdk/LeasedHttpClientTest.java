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
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Authenticator;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LeasedHttpClientTest {
    private static final String LIMITED = "{\"error\":{\"code\":429,\"message\":\"limit_rpm/x\"}}";
    private static final String FIRST = "data: {\"id\":\"g\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    private static final String USAGE =
            "data: {\"id\":\"g\",\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";
    private static final String[] EVENTS = {"Content-Type", "text/event-stream"};

    private final Provider provider = provider();
    private final FakeCoordinator keys =
            new FakeCoordinator("openrouter", provider.baseUrl(), key("a1", "a"), key("b1", "b"));
    private final HttpClient transport = HttpClient.newHttpClient();
    private final HttpClient http = LeasedHttpClient.of(transport, keys, FakeCoordinator.POOL);

    private static Provider provider() {
        try {
            return new Provider();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    private HttpRequest.Builder chat() {
        return HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(Provider.CHAT));
    }

    private HttpResponse<String> call() throws Exception {
        return http.send(chat().build(), BodyHandlers.ofString());
    }

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
    void answerLargerThanItsHeadIsReadWholeAndItsUsageCounted() throws Exception {
        String large = Provider.ANSWER.replace("\"Hi\"", "\"" + "y".repeat(300_000) + "\"");
        provider.answers(200, large);

        assertThat(call().body()).isEqualTo(large);

        assertThat(keys.outcome().usage()).contains(Usage.tokens(9, 2));
    }

    @Test
    void errorInsideASuccessIsRecognised() throws Exception {
        provider.answers(
                200, "{\"choices\":[{\"finish_reason\":\"error\",\"error\":{\"code\":400,\"message\":\"m\"}}]}");

        assertThat(call().body()).contains("finish_reason");

        assertThat(keys.outcome().kind()).isEqualTo(Kind.CALLER_FAULT);
    }

    private HttpResponse<InputStream> stream(String body) throws Exception {
        provider.answers(200, body, EVENTS);
        return http.send(chat().build(), BodyHandlers.ofInputStream());
    }

    @Test
    void streamIsHandedOnAsItComesAndSettledAtItsEnd() throws Exception {
        try (InputStream body = stream(FIRST + USAGE + DONE).body()) {
            assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(FIRST + USAGE + DONE);
        }

        assertThat(keys.outcome().kind()).isEqualTo(Kind.SUCCESS);
        assertThat(keys.outcome().usage()).contains(Usage.tokens(12, 3));
    }

    @Test
    void streamThatEndsWithoutItsLastEventIsBroken() throws Exception {
        stream(FIRST).body().readAllBytes();

        assertThat(keys.outcome().cause()).isEqualTo("stream_broken");
    }

    @Test
    void streamClosedEarlyIsAborted() throws Exception {
        InputStream body =
                stream(FIRST + ": x\n\n".repeat(100_000) + USAGE + DONE).body();
        assertThat(body.read()).isEqualTo('d');

        body.close();

        await().untilAsserted(() -> assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED));
        assertThat(keys.outcome().usage()).isEmpty();
    }

    @Test
    void streamCutByTheNetworkIsBrokenAndNotRetried() throws Exception {
        provider.server.enqueue(Provider.response(200, "", EVENTS)
                .chunkedBody(FIRST + ": x\n\n".repeat(5_000) + DONE, 64)
                .onResponseBody(SocketEffect.ShutdownConnection.INSTANCE)
                .build());
        provider.succeeds();
        InputStream body =
                http.send(chat().build(), BodyHandlers.ofInputStream()).body();

        assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);

        assertThat(keys.outcome().cause()).isEqualTo("stream_broken");
        assertThat(provider.server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void forgottenStreamIsSettledWhenItIsGone() throws Exception {
        forget();

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            System.gc();
            assertThat(keys.leases.get(0).outcomes).hasSize(1);
        });

        assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED);
    }

    private void forget() throws Exception {
        assertThat(stream(FIRST + ": x\n\n".repeat(100_000)).body().read()).isEqualTo('d');
    }

    @Test
    void linesAndNothingAreBodiesToo() throws Exception {
        provider.answers(200, FIRST + USAGE + DONE, EVENTS).answers(200, "").answers(200, FIRST + USAGE + DONE, EVENTS);

        assertThat(http.send(chat().build(), BodyHandlers.ofLines()).body()).hasSize(6);
        assertThat(http.send(chat().build(), BodyHandlers.ofString()).body()).isEmpty();
        assertThat(http.send(chat().build(), BodyHandlers.discarding()).body()).isNull();

        assertThat(keys.kinds()).containsExactly(Kind.SUCCESS, Kind.SUCCESS, Kind.SUCCESS);
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
    void handlerThatFailsFailsTheCall() {
        provider.answers(200, FIRST + ": x\n\n".repeat(100_000), EVENTS);

        assertThatThrownBy(() -> http.send(chat().build(), info -> {
                    throw new IllegalStateException("bug");
                }))
                .hasMessage("bug");

        assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED);
    }

    @Test
    void bodyMayBeReadByWhoeverMakesItsValue() throws Exception {
        String large = Provider.ANSWER.replace("\"Hi\"", "\"" + "y".repeat(300_000) + "\"");
        provider.answers(200, large);

        HttpResponse<Integer> response = http.send(
                chat().build(), info -> BodySubscribers.mapping(BodySubscribers.ofInputStream(), in -> length(in)));

        assertThat(response.body()).isEqualTo(large.length());
        assertThat(keys.outcome().usage()).contains(Usage.tokens(9, 2));
    }

    private static int length(InputStream in) {
        try (in) {
            return in.readAllBytes().length;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void handlerWithoutASubscriberFailsTheCallAndGivesTheKeyBack() {
        provider.answers(200, FIRST + ": x\n\n".repeat(100_000), EVENTS);

        assertThatThrownBy(() -> http.send(chat().build(), info -> null))
                .isInstanceOf(IOException.class)
                .hasCauseInstanceOf(NullPointerException.class);

        assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED);
    }

    @Test
    void subscriberThatThrowsAnErrorFailsTheCallAndGivesTheKeyBack() {
        provider.answers(200, FIRST + ": x\n\n".repeat(100_000), EVENTS);

        assertThatThrownBy(() -> http.send(chat().build(), info -> {
                    throw new AssertionError("bug");
                }))
                .isInstanceOf(AssertionError.class);

        assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED);
    }

    @Test
    void subscriberThatAsksForNothingIsTold() {
        provider.answers(200, FIRST + ": x\n\n".repeat(100_000), EVENTS);
        CompletableFuture<Throwable> told = new CompletableFuture<>();

        var unused = http.sendAsync(chat().build(), BodyHandlers.fromSubscriber(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(0);
            }

            @Override
            public void onNext(List<ByteBuffer> item) {}

            @Override
            public void onError(Throwable failure) {
                told.complete(failure);
            }

            @Override
            public void onComplete() {}
        }));

        assertThat(told.orTimeout(20, TimeUnit.SECONDS).join()).hasMessageContaining("asked for 0 items");
        await().untilAsserted(() -> assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED));
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
