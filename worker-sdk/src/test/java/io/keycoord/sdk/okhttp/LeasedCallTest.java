package io.keycoord.sdk.okhttp;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Priority;
import io.keycoord.Usage;
import io.keycoord.sdk.call.CallOptions;
import java.io.IOException;
import java.util.List;
import mockwebserver3.RecordedRequest;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeasedCallTest {
    private final Provider provider = new Provider();
    private final FakeCoordinator keys =
            new FakeCoordinator("openrouter", provider.baseUrl(), key("a1", "a"), key("b1", "b"));
    private final OkHttpClient http = LeasedHttp.newClient(keys, FakeCoordinator.POOL);

    @AfterEach
    void stop() {
        provider.close();
    }

    @Test
    void callIsLeasedForItsModelAndSizeSignedAndSettled() throws Exception {
        provider.succeeds();

        try (Response response = http.newCall(provider.chat()).execute()) {
            assertThat(response.body().string()).isEqualTo(Provider.ANSWER);
        }

        LeaseRequest asked = keys.requests.get(0);
        assertThat(asked.model()).isEqualTo("vendor/model");
        assertThat(asked.outputTokens()).isEqualTo(50);
        assertThat(asked.inputTokens()).isBetween(9L, 14L);
        RecordedRequest sent = provider.taken();
        assertThat(sent.getHeaders().get("Authorization")).isEqualTo("Bearer secret-of-a1");
        assertThat(sent.getHeaders().get("X-Title")).isEqualTo("test");
        assertThat(sent.getBody().utf8()).isEqualTo(Provider.CHAT);
        assertThat(keys.outcome().kind()).isEqualTo(Outcome.Kind.SUCCESS);
        assertThat(keys.outcome().usage()).contains(Usage.tokens(9, 2));
    }

    @ParameterizedTest
    @CsvSource({
        "openrouter, Authorization, Bearer secret-of-a1",
        "openai, Authorization, Bearer secret-of-a1",
        "groq, Authorization, Bearer secret-of-a1",
        "anthropic, x-api-key, secret-of-a1",
        "azure, api-key, secret-of-a1",
        "gemini, x-goog-api-key, secret-of-a1"
    })
    void secretReplacesEveryOtherCredential(String dialect, String header, String value) throws Exception {
        FakeCoordinator coordinator = new FakeCoordinator(dialect, provider.baseUrl(), key("a1", "a"));
        provider.succeeds();
        Request.Builder request = provider.chat().newBuilder().header("X-Title", "mine");
        List<String> credentials = List.of("Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key");
        credentials.forEach(name -> request.header(name, "callers-own"));

        LeasedHttp.newClient(coordinator, FakeCoordinator.POOL)
                .newCall(request.build())
                .execute()
                .close();

        RecordedRequest sent = provider.taken();
        assertThat(sent.getHeaders().values(header)).containsExactly(value);
        assertThat(sent.getHeaders().toMultimap().toString()).doesNotContain("callers-own");
        assertThat(sent.getHeaders().get("X-Title")).isEqualTo("mine");
    }

    @Test
    void callerNeverSeesTheSignedRequest() throws Exception {
        provider.succeeds();
        Request request = provider.chat();

        try (Response response = http.newCall(request).execute()) {
            assertThat(response.request()).isSameAs(request);
            assertThat(response.networkResponse()
                            .request()
                            .headers()
                            .toMultimap()
                            .toString())
                    .doesNotContain("secret");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v2/chat", "/api/v10/chat", "/api", "/", "/api/v1/../v2/x", "/api/v1/%2e%2e/x"})
    void callBesideTheBaseUrlPassesUntouched(String path) throws Exception {
        provider.answers(200, "{}");
        Request request = new Request.Builder()
                .url("http://127.0.0.1:" + provider.server.getPort() + path)
                .header("Authorization", "callers-own")
                .build();

        http.newCall(request).execute().close();

        assertThat(provider.taken().getHeaders().get("Authorization")).isEqualTo("callers-own");
        assertThat(keys.requests).isEmpty();
    }

    @Test
    void anotherHostPassesUntouched() throws Exception {
        provider.answers(200, "{}");
        Request request = new Request.Builder()
                .url("http://localhost:" + provider.server.getPort() + "/api/v1/chat/completions")
                .build();

        http.newCall(request).execute().close();

        assertThat(provider.taken().getHeaders().get("Authorization")).isNull();
        assertThat(keys.requests).isEmpty();
    }

    @Test
    void callsOfATenantAreLeasedForIt() throws Exception {
        provider.succeeds();
        OkHttpClient search = LeasedHttp.newClient(
                keys,
                FakeCoordinator.POOL,
                CallOptions.standard().withTenant("search").withMaxAttempts(1));

        search.newCall(provider.chat()).execute().close();

        assertThat(keys.requests.get(0).tenant()).contains("search");
    }

    @Test
    void whatAnAnswerCostTeachesTheSizeOfTheNextRequest() throws Exception {
        String large = Provider.ANSWER.replace("\"prompt_tokens\":9", "\"prompt_tokens\":900");
        String event =
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":900,\"completion_tokens\":2}}\n\ndata: [DONE]\n\n";
        provider.answers(200, large)
                .answers(200, event, "Content-Type", "text/event-stream")
                .succeeds();

        for (int i = 0; i < 3; i++) {
            try (Response response = http.newCall(provider.chat()).execute()) {
                response.body().bytes();
            }
        }

        assertThat(keys.requests).extracting(LeaseRequest::inputTokens).containsExactly(11L, 13L, 14L);
    }

    @ParameterizedTest
    @CsvSource({"openai, 50", "anthropic, 50", "gemini, 0"})
    void outputIsReservedAsTheProviderCountsIt(String dialect, long tokens) throws Exception {
        FakeCoordinator coordinator = new FakeCoordinator(dialect, provider.baseUrl(), key("a1", "a"));
        provider.succeeds();

        LeasedHttp.newClient(coordinator, FakeCoordinator.POOL)
                .newCall(provider.chat())
                .execute()
                .close();

        assertThat(coordinator.requests.get(0).outputTokens()).isEqualTo(tokens);
    }

    @Test
    void callWithoutABodyIsLeasedForAnyModel() throws Exception {
        provider.answers(200, "{\"data\":{}}");

        http.newCall(new Request.Builder().url(provider.baseUrl() + "/key").build())
                .execute()
                .close();

        assertThat(keys.requests.get(0).model()).isEqualTo(LeaseRequest.ANY_MODEL);
        assertThat(keys.outcome()).hasToString("Outcome[SUCCESS, ok]");
    }

    @Test
    void refusalReachesTheCallerUnchanged() throws Exception {
        provider.answers(400, "{\"error\":{\"code\":400,\"message\":\"bad\"}}");

        try (Response response = http.newCall(provider.chat()).execute()) {
            assertThat(response.code()).isEqualTo(400);
            assertThat(response.body().string()).contains("\"bad\"");
        }

        assertThat(keys.outcome().kind()).isEqualTo(Outcome.Kind.CALLER_FAULT);
        assertThat(keys.outcome().cause()).isEqualTo("http_400_bad_request");
    }

    @Test
    void errorInsideASuccessIsRecognised() throws Exception {
        provider.answers(
                200,
                "{\"id\":\"gen-test\",\"choices\":[{\"index\":0,\"finish_reason\":\"error\",\"message\":"
                        + "{\"role\":\"assistant\",\"content\":\"\"},\"error\":{\"code\":402,\"message\":\"x\"}}]}");
        provider.succeeds();

        try (Response response = http.newCall(provider.chat()).execute()) {
            assertThat(response.body().string()).isEqualTo(Provider.ANSWER);
        }

        assertThat(keys.kinds()).containsExactly(Outcome.Kind.RATE_LIMITED, Outcome.Kind.SUCCESS);
        assertThat(keys.outcomes().get(0).cause()).isEqualTo("http_402_money");
        assertThat(keys.outcomes().get(0).usage()).isEmpty();
    }

    @Test
    void largeAnswerIsSettledByTheUsageAtItsEnd() throws Exception {
        String answer = "{\"text\":\"" + "x".repeat(300_000) + "\",\"usage\":{\"prompt_tokens\":7,"
                + "\"completion_tokens\":5,\"details\":{\"prompt_tokens\":1}}}";
        provider.answers(200, answer);

        try (Response response = http.newCall(provider.chat()).execute()) {
            assertThat(keys.leases.get(0).outcomes).isEmpty();
            assertThat(response.body().string()).isEqualTo(answer);
        }

        assertThat(keys.outcome().usage()).contains(Usage.tokens(7, 5));
    }

    @Test
    void confirmedRefusalOfAProbeIsTheEndOfItsKey() throws Exception {
        keys.probing = true;
        provider.answers(401, "{\"error\":{\"code\":401,\"message\":\"User not found.\"}}");
        provider.succeeds();

        http.newCall(provider.chat()).execute().close();

        assertThat(keys.outcomes().get(0).failure()).isEqualTo(Outcome.Failure.DEAD);
    }

    @Test
    void bodyThatCanBeWrittenOnceIsNotReplayed() throws Exception {
        provider.answers(500, "{}").succeeds();
        RequestBody once = new RequestBody() {
            @Override
            public MediaType contentType() {
                return Provider.JSON;
            }

            @Override
            public void writeTo(BufferedSink sink) throws IOException {
                sink.writeUtf8(Provider.CHAT);
            }

            @Override
            public boolean isOneShot() {
                return true;
            }
        };

        Request request = provider.chat().newBuilder().post(once).build();
        try (Response response = http.newCall(request).execute()) {
            assertThat(response.code()).isEqualTo(500);
        }

        assertThat(keys.requests.get(0).model()).isEqualTo("vendor/model");
        assertThat(keys.kinds()).containsExactly(Outcome.Kind.PROVIDER_FAILED);
    }

    @Test
    void callsOfASessionAreLeasedForIt() throws Exception {
        provider.answers(429, "{}");
        provider.succeeds();
        Request request = provider.chat()
                .newBuilder()
                .tag(Affinity.class, new Affinity("conversation-1"))
                .build();

        http.newCall(request).execute().close();

        assertThat(keys.requests)
                .hasSizeGreaterThan(1)
                .allSatisfy(asked -> assertThat(asked.affinity()).contains("conversation-1"));
        assertThat(provider.taken().getHeaders().toString()).doesNotContain("conversation-1");
        assertThat(new Affinity("conversation-1")).hasToString("Affinity[14 characters]");
        assertThatThrownBy(() -> new Affinity("s".repeat(257)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("session has 257 characters, expected 1 to 256");
    }

    @Test
    void callsAreAsImportantAsTheirTagOrTheOptionsSay() throws Exception {
        provider.succeeds();
        provider.succeeds();
        provider.succeeds();
        OkHttpClient batches =
                LeasedHttp.newClient(keys, "pool", CallOptions.standard().withPriority(Priority.BATCH));
        Request urgent = provider.chat()
                .newBuilder()
                .tag(Priority.class, Priority.INTERACTIVE)
                .build();

        http.newCall(provider.chat()).execute().close();
        batches.newCall(provider.chat()).execute().close();
        batches.newCall(urgent).execute().close();

        assertThat(keys.requests)
                .extracting(LeaseRequest::priority)
                .containsExactly(Priority.NORMAL, Priority.BATCH, Priority.INTERACTIVE);
    }

    @Test
    void networkInterceptorAddedBeforeSeesNoSecret() throws Exception {
        provider.succeeds();
        StringBuilder seen = new StringBuilder();
        OkHttpClient.Builder builder = new OkHttpClient.Builder().addNetworkInterceptor(chain -> {
            seen.append(chain.request().headers().toMultimap());
            Response response = chain.proceed(chain.request());
            seen.append(response.request().headers().toMultimap());
            return response;
        });

        LeasedHttp.configure(builder, keys, FakeCoordinator.POOL)
                .build()
                .newCall(provider.chat())
                .execute()
                .close();

        assertThat(provider.taken().getHeaders().get("Authorization")).isEqualTo("Bearer secret-of-a1");
        assertThat(seen).contains("host").doesNotContain("secret-of-a1");
    }

    @Test
    void modelNoProviderHasFailsBeforeAnythingIsSent() {
        Request request = provider.chat("{\"model\":\"two words\"}");

        assertThatThrownBy(() -> http.newCall(request).execute())
                .isInstanceOf(IOException.class)
                .hasRootCauseInstanceOf(IllegalArgumentException.class);

        assertThat(keys.requests).isEmpty();
        assertThat(provider.server.getRequestCount()).isZero();
    }

    @Test
    void unknownPoolIsRefusedAtOnce() {
        assertThatThrownBy(() -> LeasedHttp.newClient(keys, "other")).isInstanceOf(IllegalArgumentException.class);
    }
}
