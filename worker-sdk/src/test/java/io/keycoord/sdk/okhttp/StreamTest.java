package io.keycoord.sdk.okhttp;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.Outcome;
import io.keycoord.Outcome.Kind;
import io.keycoord.Usage;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import mockwebserver3.SocketEffect;
import okhttp3.Call;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okio.BufferedSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StreamTest {
    private static final String FIRST =
            "data: {\"id\":\"g\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n";
    private static final String KEEP_ALIVE = ": OPENROUTER PROCESSING\n\n";
    private static final String USAGE = "data: {\"id\":\"g\",\"choices\":[],\"usage\":{\"prompt_tokens\":12,"
            + "\"completion_tokens\":3,\"total_tokens\":15,\"cost\":0.00021}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";
    private static final String WHOLE = KEEP_ALIVE + FIRST + KEEP_ALIVE + USAGE + DONE;

    private final Provider provider = new Provider();
    private final FakeCoordinator keys = new FakeCoordinator("openrouter", provider.baseUrl(), key("a1", "a"));
    private final OkHttpClient http = LeasedHttp.newClient(keys, FakeCoordinator.POOL);

    @AfterEach
    void stop() {
        provider.close();
    }

    private void streams(String body) {
        provider.server.enqueue(Provider.response(200, "", "Content-Type", "text/event-stream")
                .chunkedBody(body, 16)
                .build());
    }

    private Response call() throws IOException {
        return http.newCall(provider.chat()).execute();
    }

    @Test
    void streamReadToItsEndIsSettledWithItsUsage() throws Exception {
        streams(WHOLE);

        try (Response response = call()) {
            assertThat(keys.leases.get(0).outcomes).isEmpty();
            assertThat(response.body().string()).isEqualTo(WHOLE);
            assertThat(keys.outcome().usage()).contains(Usage.tokens(12, 3).withMicroUsd(210));
        }

        assertThat(keys.outcome().kind()).isEqualTo(Kind.SUCCESS);
    }

    @Test
    void streamClosedAfterItsLastEventIsASuccess() throws Exception {
        streams(WHOLE + KEEP_ALIVE.repeat(4_000));

        try (Response response = call()) {
            BufferedSource source = response.body().source();
            String line = "";
            while (!line.equals("data: [DONE]")) {
                line = source.readUtf8LineStrict();
            }
        }

        assertThat(keys.outcome().kind()).isEqualTo(Kind.SUCCESS);
        assertThat(keys.outcome().usage()).contains(Usage.tokens(12, 3).withMicroUsd(210));
    }

    @Test
    void streamClosedEarlyIsAbortedAndKeepsItsCharge() throws Exception {
        streams(FIRST + KEEP_ALIVE.repeat(10_000) + USAGE + DONE);

        try (Response response = call()) {
            response.body().source().readUtf8LineStrict();
        }

        assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED);
        assertThat(keys.outcome().usage()).isEmpty();
    }

    @Test
    void streamThatEndsWithoutItsLastEventIsBroken() throws Exception {
        streams(FIRST);

        try (Response response = call()) {
            assertThat(response.body().string()).isEqualTo(FIRST);
        }

        assertThat(keys.outcome().cause()).isEqualTo("stream_broken");
        assertThat(keys.outcome().kind()).isEqualTo(Kind.PROVIDER_FAILED);
        assertThat(keys.outcome().usage()).isEmpty();
    }

    @Test
    void streamCutByTheNetworkIsBrokenAndNotRetried() throws Exception {
        provider.server.enqueue(Provider.response(200, "", "Content-Type", "text/event-stream")
                .chunkedBody(FIRST + KEEP_ALIVE.repeat(2_000) + DONE, 64)
                .onResponseBody(SocketEffect.ShutdownConnection.INSTANCE)
                .build());
        provider.succeeds();

        try (Response response = call()) {
            assertThatThrownBy(() -> response.body().string()).isInstanceOf(IOException.class);
        }

        assertThat(keys.outcome().cause()).isEqualTo("stream_broken");
        assertThat(provider.server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void errorInTheMiddleIsJudgedByItsCode() throws Exception {
        streams(FIRST + "data: {\"id\":\"g\",\"error\":{\"code\":502,\"message\":\"upstream closed\"},"
                + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n");

        call().body().string();

        assertThat(keys.outcome().cause()).isEqualTo("http_502_unavailable");
        assertThat(keys.outcome().usage()).isEmpty();
    }

    @Test
    void errorInTheMiddleWithAWordForACodeIsABrokenStream() throws Exception {
        streams(FIRST + "data: {\"id\":\"g\",\"error\":{\"code\":\"server_error\",\"message\":\"x\"},"
                + "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n" + DONE);

        call().body().string();

        assertThat(keys.outcome().cause()).isEqualTo("stream_broken");
    }

    @Test
    void errorEventIsJudgedByItsTypeWhereTheProvidersRulesKnowIt() throws Exception {
        FakeCoordinator anthropic = new FakeCoordinator("anthropic", provider.baseUrl(), key("a1", "a"));
        streams("""
                event: message_start
                data: {"type":"message_start","message":{"usage":{"input_tokens":25}}}

                event: error
                data: {"type":"error","error":{"type":"overloaded_error"}}

                """);

        OkHttpClient client = LeasedHttp.newClient(anthropic, FakeCoordinator.POOL);
        client.newCall(provider.chat()).execute().body().string();

        assertThat(anthropic.outcome().cause()).isEqualTo("unavailable");
        assertThat(anthropic.outcome().kind()).isEqualTo(Kind.PROVIDER_FAILED);
        assertThat(anthropic.outcome().usage()).isEmpty();
    }

    @Test
    void cancelledStreamIsAborted() throws Exception {
        provider.server.enqueue(Provider.response(200, "", "Content-Type", "text/event-stream")
                .chunkedBody(FIRST.repeat(3_000), 64)
                .throttleBody(512, 50, TimeUnit.MILLISECONDS)
                .build());
        Call call = http.newCall(provider.chat());

        try (Response response = call.execute()) {
            response.body().source().readUtf8LineStrict();
            call.cancel();
            assertThatThrownBy(() -> response.body().string()).isInstanceOf(IOException.class);
        }

        assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED);
    }

    @Test
    void forgottenStreamIsSettledWhenItsBodyIsGone() throws Exception {
        streams(FIRST + KEEP_ALIVE.repeat(10_000));
        forgetBody();

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            System.gc();
            assertThat(keys.leases.get(0).outcomes).hasSize(1);
        });

        assertThat(keys.outcome().kind()).isEqualTo(Kind.ABORTED);
    }

    private void forgetBody() throws IOException {
        Response response = call();
        assertThat(response.body().source().readUtf8LineStrict()).startsWith("data:");
    }

    @Test
    void lineLongerThanAnyEventIsPassedOnUnread() throws Exception {
        String longLine = "data: {\"usage\":{\"prompt_tokens\":1},\"x\":\"" + "y".repeat(70_000) + "\"}\n\n";
        streams(longLine + USAGE + DONE);

        assertThat(call().body().string()).isEqualTo(longLine + USAGE + DONE);

        assertThat(keys.outcome().usage()).contains(Usage.tokens(12, 3).withMicroUsd(210));
    }

    @Test
    void emptyAnswerIsSettledAtOnce() throws Exception {
        provider.answers(200, "");

        Response response = call();

        assertThat(keys.outcome().kind()).isEqualTo(Kind.PROVIDER_FAILED);
        response.close();
    }

    @Test
    void emptyAnswerToACallOfNoModelIsASuccess() throws Exception {
        provider.answers(200, "");
        Request ofNoModel = provider.chat("{\"ids\":[]}");

        LeasedHttp.newClient(keys, FakeCoordinator.POOL)
                .newCall(ofNoModel)
                .execute()
                .close();

        assertThat(keys.outcome()).hasToString(Outcome.successWithoutUsage().toString());
    }

    @Test
    void plainAnswerIsSettledAtItsLastByte() throws Exception {
        provider.answers(200, "hello", "Content-Type", "audio/mpeg");

        try (Response response = call()) {
            response.body().source().readUtf8(5);
        }

        assertThat(keys.outcome().kind()).isEqualTo(Kind.SUCCESS);
    }
}
