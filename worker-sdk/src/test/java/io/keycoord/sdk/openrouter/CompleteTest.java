package io.keycoord.sdk.openrouter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.keycoord.Acquisition.Reason;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Priority;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.sdk.FaultClass;
import io.keycoord.sdk.call.CallOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RedisExtension.class)
@Timeout(60)
class CompleteTest {
    private static final ChatRequest HELLO = ChatRequest.of("vendor/model", "Hello");
    private static final CallOptions ONCE =
            CallOptions.standard().withMaxAttempts(1).withMaxWait(Duration.ofSeconds(5));

    private final TestRedis redis;
    private final Scripted provider = new Scripted();
    private final RedisKeyCoordinator keys;

    CompleteTest(TestRedis redis) {
        this.redis = redis;
        redis.clear();
        this.keys = Keys.coordinator(redis, provider.baseUrl());
    }

    @AfterEach
    void stop() {
        keys.close();
        provider.close();
    }

    private OpenRouterClient chat() {
        return OpenRouterClient.create(keys, Keys.POOL, ONCE);
    }

    private <E extends OpenRouterException> E failure(Class<E> type) {
        E failure = catchThrowableOfType(type, () -> chat().complete(HELLO));
        assertThat(failure).isNotNull();
        return failure;
    }

    @Test
    void theAnswerIsReadAndWhatIsUnknownIsKept() {
        provider.json(200, Scripted.ANSWER);

        ChatCompletion answer = OpenRouterClient.create(keys, Keys.POOL).complete(HELLO);

        assertThat(answer.text()).isEqualTo("Hi");
        assertThat(answer.finishReason()).contains("stop");
        assertThat(answer.model()).contains("vendor/other");
        assertThat(answer.id()).contains("gen-1");
        assertThat(answer.usage()).contains(new ChatUsage(12, 9, 21, 4, 5, OptionalLong.of(210)));
        assertThat(answer.body().path("citations").path(0).asText()).isEqualTo("x");
        assertThat(answer).hasToString("ChatCompletion[gen-1, vendor/other, stop]");
    }

    @Test
    void anAnswerOfFewFieldsIsAnAnswer() {
        provider.json(200, "{\"choices\": [{\"message\": {\"content\": null, \"tool_calls\": []}}], \"error\": null}");

        ChatCompletion answer = chat().complete(HELLO);

        assertThat(answer.text()).isEmpty();
        assertThat(answer.usage()).isEmpty();
        assertThat(answer.finishReason()).isEmpty();
    }

    @Test
    void theRequestIsSentWithItsFieldsItsKeyAndThePoolsHeaders() throws Exception {
        provider.json(200, Scripted.ANSWER);
        ChatRequest request = HELLO.withField("x_new", 1)
                .withProvider(ProviderRouting.order("A").allowFallbacks(false))
                .withPriority(Priority.BATCH)
                .withAffinity("talk");

        chat().complete(request);

        RecordedRequest sent = provider.taken();
        assertThat(sent.getUrl().encodedPath()).isEqualTo("/api/v1/chat/completions");
        assertThat(sent.getHeaders().get("Authorization")).startsWith("Bearer sim-secret-");
        assertThat(sent.getHeaders().get("HTTP-Referer")).isEqualTo("https://app.example");
        assertThat(sent.getHeaders().get("X-Title")).isEqualTo("app");
        assertThat(Scripted.bodyOf(sent)).isEqualTo(request.body());
        assertThat(Scripted.bodyOf(sent).path("provider").path("order").path(0).asText())
                .isEqualTo("A");
    }

    /** Four of five slots of each account are in use; the last is not for batches. */
    @Test
    void aCallOfLessImportanceLeavesWhatThePoolKeepsBack() {
        try (RedisKeyCoordinator few = Keys.coordinator(redis, provider.baseUrl(), 5)) {
            LeaseRequest request = LeaseRequest.of(Keys.POOL).withModel("vendor/model");
            List<Lease> held = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                held.add(few.acquire(request.withoutAccount("a").withPriority(Priority.INTERACTIVE)));
                held.add(few.acquire(request.withoutAccount("b").withPriority(Priority.INTERACTIVE)));
            }
            OpenRouterClient chat = OpenRouterClient.create(few, Keys.POOL, ONCE.withMaxWait(Duration.ZERO));
            provider.json(200, Scripted.ANSWER);

            NoKeyException denied =
                    catchThrowableOfType(NoKeyException.class, () -> chat.complete(HELLO.withPriority(Priority.BATCH)));

            assertThat(denied).isNotNull();
            assertThat(denied.reason()).contains(Reason.CONCURRENCY);
            assertThat(chat.complete(HELLO.withPriority(Priority.INTERACTIVE)).text())
                    .isEqualTo("Hi");
            held.forEach(Lease::close);
        }
    }

    @Test
    void aRefusalSaysWhoseFaultItIs() {
        provider.json(400, "{\"error\": {\"code\": 400, \"message\": \"no such parameter\"}}");

        RefusedException refused = failure(RefusedException.class);

        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.fault()).isEqualTo(FaultClass.BAD_REQUEST);
        assertThat(refused.code()).isEqualTo("400");
        assertThat(refused.providerMessage()).isEqualTo("no such parameter");
        assertThat(refused).hasMessage("the provider answered 400, BAD_REQUEST: no such parameter");
        assertThat(refused.isOverload()).isFalse();
    }

    @Test
    void aRefusalForTooManyCallsSaysUntilWhen() {
        provider.json(
                429,
                "{\"error\": {\"code\": 429, \"message\": \"Provider returned error\", \"metadata\":"
                        + " {\"provider_name\": \"P\", \"retry_after_seconds\": 12}}}");

        RefusedException refused = failure(RefusedException.class);

        assertThat(refused.fault()).isEqualTo(FaultClass.UPSTREAM_LIMIT);
        assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(12));
        assertThat(refused.isOverload()).isTrue();
    }

    @Test
    void aPageOfTheEdgeIsARefusalWithoutWords() {
        provider.answers(503, "text/html", "<html>down</html>");

        RefusedException refused = failure(RefusedException.class);

        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.providerMessage()).isEmpty();
        assertThat(refused.code()).isEmpty();
    }

    @Test
    void anErrorInsideASuccessIsARefusal() {
        provider.json(
                200,
                "{\"id\": \"g\", \"choices\": [{\"finish_reason\": \"error\", \"message\": {\"content\": \"\"},"
                        + " \"error\": {\"code\": 502, \"message\": \"provider went away\"}}]}");

        RefusedException refused = failure(RefusedException.class);

        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.fault()).isEqualTo(FaultClass.UNAVAILABLE);
        assertThat(refused.providerMessage()).isEqualTo("provider went away");
    }

    @Test
    void anErrorInsideASuccessMayHaveAWordForACode() {
        provider.json(200, "{\"error\": {\"code\": \"server_error\", \"message\": \"x\"}}");

        RefusedException refused = failure(RefusedException.class);

        assertThat(refused.status()).isEqualTo(200);
        assertThat(refused.code()).isEqualTo("server_error");
        assertThat(refused.fault()).isEqualTo(FaultClass.STREAM_BROKEN);
    }

    @Test
    void anotherTryIsMadeBelowWithAnotherKeyAndNoneAbove() throws Exception {
        provider.json(401, "{\"error\": {\"code\": 401, \"message\": \"User not found.\"}}");
        provider.json(200, Scripted.ANSWER);

        assertThat(OpenRouterClient.create(keys, Keys.POOL).complete(HELLO).text())
                .isEqualTo("Hi");

        String first = provider.taken().getHeaders().get("Authorization");
        assertThat(provider.taken().getHeaders().get("Authorization")).isNotEqualTo(first);
        provider.json(400, "{}");
        failure(RefusedException.class);
        assertThat(provider.calls()).isEqualTo(3);
    }

    @Test
    void withoutAKeyTheCoordinatorsReasonIsTold() {
        provider.json(200, Scripted.ANSWER);
        try (RedisKeyCoordinator one = Keys.coordinator(redis, provider.baseUrl(), 1)) {
            LeaseRequest all =
                    LeaseRequest.of(Keys.POOL).withModel("vendor/model").withPriority(Priority.INTERACTIVE);
            var held = List.of(one.acquire(all), one.acquire(all));
            OpenRouterClient chat = OpenRouterClient.create(one, Keys.POOL, ONCE.withMaxWait(Duration.ZERO));

            NoKeyException denied = catchThrowableOfType(NoKeyException.class, () -> chat.complete(HELLO));

            assertThat(denied.reason()).contains(Reason.CONCURRENCY);
            assertThat(denied.retryAfter()).isPresent();
            assertThat(provider.calls()).isZero();
            held.forEach(Lease::close);
        }
    }

    @Test
    void afterTheCoordinatorIsClosedThereIsNoKey() {
        OpenRouterClient chat = chat();
        keys.close();

        NoKeyException denied = catchThrowableOfType(NoKeyException.class, () -> chat.complete(HELLO));

        assertThat(denied.reason()).contains(Reason.CLOSED);
        assertThat(denied.retryAfter()).isEmpty();
    }

    @Test
    void aLostConnectionIsNoAnswer() {
        provider.answers(new MockResponse.Builder().onResponseStart(SocketEffect.ShutdownConnection.INSTANCE));

        TransportException lost = failure(TransportException.class);

        assertThat(lost).hasMessageStartingWith("no whole answer: ").hasCauseInstanceOf(IOException.class);
    }

    @Test
    void aSuccessThatIsNoObjectIsNoAnswer() {
        provider.json(200, "[1]");
        provider.json(200, "{\"choices\": [");

        assertThat(failure(TransportException.class)).hasMessage("the provider answered 200 without a JSON object");
        assertThat(failure(TransportException.class)).hasMessage("the provider answered 200 without a JSON object");
    }

    @Test
    void aTenantThatIsNotThereIsToldByName() {
        OpenRouterClient chat = OpenRouterClient.create(keys, Keys.POOL, ONCE.withTenant("nobody"));

        TransportException failure = catchThrowableOfType(TransportException.class, () -> chat.complete(HELLO));

        assertThat(failure).hasMessageContaining("nobody");
        assertThat(provider.calls()).isZero();
    }

    @Test
    void aQuotedSecretIsInNoTextOfAFailure() throws Exception {
        String quoting = "{\"error\": {\"code\": \"bad sim-secret-a1 sim-secret-b1\", \"message\":"
                + " \"refused sim-secret-a1, sim-secret-b1 and sk-or-v1-0123...cdef\"}}";
        for (int status : new int[] {400, 200, 403}) {
            provider.json(status, quoting);

            RefusedException refused = failure(RefusedException.class);

            String key = Optional.ofNullable(provider.taken().getHeaders().get("Authorization"))
                    .orElseThrow()
                    .substring("Bearer ".length());
            StringWriter text = new StringWriter();
            refused.printStackTrace(new PrintWriter(text));
            text.write(refused + refused.code() + refused.providerMessage());
            assertThat(text.toString()).contains("refused", "***").doesNotContain(key, "sk-or-v1", "cdef");
        }
    }

    @Test
    void aLongMessageIsCut() {
        provider.json(400, "{\"error\": {\"message\": \"" + "x".repeat(5_000) + "\"}}");

        assertThat(failure(RefusedException.class).providerMessage()).hasSize(301);
    }
}
