package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultTest {

    private final MovedClock clock = new MovedClock();
    private final ProviderSimulator provider = ProviderSimulator.start(
            Caller.config(Caller.account().concurrency(2))
                    .account(SimulatedAccount.builder("b")
                            .key("b-1", "sim-secret-b-1")
                            .build())
                    .build(),
            clock);

    @AfterEach
    void stop() {
        provider.close();
    }

    @ParameterizedTest
    @CsvSource({
        "401, 401, /error/message, User not found.",
        "402, 402, /error/message, Insufficient credits. Add more.",
        "402-in-flight, 402, /error/metadata/reason, in_flight_budget_exhausted",
        "403, 403, /error/message, Key limit exceeded (total limit).",
        "429, 429, /error/message, Rate limit exceeded",
        "500, 500, /error/metadata/error_type, server",
        "503, 503, /error/availability/code, temporarily_unavailable",
        "relayed-401, 401, /error/metadata/provider_name, SimProvider",
        "relayed-429, 429, /error/metadata/limit_source, upstream_provider_shared_pool",
        "relayed-502, 502, /error/message, Provider returned error"
    })
    void refusals(String fault, int status, String pointer, String value) {
        provider.script(ConfigJson.fault("{\"fault\":\"" + fault + "\"}"));

        HttpResponse<String> answer = Caller.chat(provider, Caller.body(5));

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(Caller.json(answer).at("/error/code").intValue()).isEqualTo(status);
        assertThat(Caller.json(answer).at(pointer).textValue()).isEqualTo(value);
        assertThat(answer.headers().firstValue("Retry-After")).isEmpty();
        assertThat(provider.stats().total().admitted()).isZero();
        assertThat(provider.stats().total().answered(status)).isEqualTo(1);
    }

    @Test
    void hintsAreGivenWhereTheDialectPutsThem() {
        Duration hint = Duration.ofMillis(11_400);
        assertThat(answerTo(FaultKind.IN_FLIGHT_BUDGET, hint).headers().firstValue("Retry-After"))
                .hasValue("12");
        assertThat(answerTo(FaultKind.OVERLOADED, hint).headers().firstValue("Retry-After"))
                .hasValue("12");
        assertThat(answerTo(FaultKind.RATE_LIMIT, hint).headers().firstValue("X-RateLimit-Reset"))
                .hasValue(Long.toString(clock.millis() + 11_400));
        assertThat(Caller.json(answerTo(FaultKind.RELAYED_429, hint))
                        .at("/error/metadata/retry_after_seconds")
                        .intValue())
                .isEqualTo(12);
        assertThat(Caller.json(answerTo(FaultKind.KEY_LIMIT, hint))
                        .at("/error/metadata/resets_at")
                        .textValue())
                .isEqualTo("2024-10-04T00:00:11.400Z");
    }

    @Test
    void invalidKeyIsInvalidEverywhere() {
        provider.script(Fault.ofKey("a-1", FaultKind.INVALID_KEY));

        assertThat(Caller.get(provider, "/api/v1/key", Caller.SECRET).statusCode())
                .isEqualTo(401);
        assertThat(Caller.get(provider, "/api/v1/models", Caller.SECRET).statusCode())
                .isEqualTo(401);
        assertThat(Caller.get(provider, "/api/v1/key", Caller.OTHER_SECRET).statusCode())
                .isEqualTo(200);
    }

    @Test
    void faultMeetsItsScopeOnly() {
        provider.script(Fault.ofKey("a-1", FaultKind.SERVER_ERROR));
        assertThat(statuses()).containsExactly(500, 200, 200);
        provider.clearFaults();
        provider.script(Fault.ofAccount("a", FaultKind.SERVER_ERROR));
        assertThat(statuses()).containsExactly(500, 500, 200);
        provider.clearFaults();
        String id = provider.script(Fault.ofAll(FaultKind.SERVER_ERROR));
        assertThat(statuses()).containsExactly(500, 500, 500);
        assertThat(provider.clearFault(id)).isTrue();
        assertThat(provider.clearFault(id)).isFalse();
        assertThat(statuses()).containsExactly(200, 200, 200);
    }

    @Test
    void faultEndsAfterItsCallsOrItsTime() {
        provider.script(Fault.ofKey("a-1", FaultKind.SERVER_ERROR).withCalls(2));
        assertThat(List.of(status(), status(), status())).containsExactly(500, 500, 200);

        provider.script(Fault.ofKey("a-1", FaultKind.SERVER_ERROR)
                .withStarts(Duration.ofSeconds(1))
                .withLasts(Duration.ofSeconds(2)));
        assertThat(status()).isEqualTo(200);
        clock.move(Duration.ofSeconds(1));
        assertThat(status()).isEqualTo(500);
        clock.move(Duration.ofSeconds(2).minusNanos(1));
        assertThat(status()).isEqualTo(500);
        clock.move(Duration.ofNanos(1));
        assertThat(status()).isEqualTo(200);
    }

    @Test
    void faultOfNobodyIsRefused() {
        assertThatThrownBy(() -> provider.script(Fault.ofKey("nobody", FaultKind.RESET)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("key is 'nobody', expected one of the configuration");
    }

    @Test
    void silenceHoldsItsPlaceUntilTheCallerGoesAway() throws IOException {
        provider.script(Fault.ofKey("a-1", FaultKind.SILENCE).withCalls(1));
        try (RawCall call = RawCall.chat(provider, Caller.body(5))) {
            await().until(() -> provider.stats().total().inFlight() == 1);
            call.patience(200);
            assertThatThrownBy(() -> call.readTo("H")).isInstanceOf(SocketTimeoutException.class);
            assertThat(provider.stats().total().inFlight()).isEqualTo(1);
        }
        await().until(() -> provider.stats().total().unanswered() == 1);
        assertThat(provider.stats().total().inFlight()).isZero();
        assertThat(status()).isEqualTo(200);
    }

    @Test
    void resetIsSeenAsReset() throws IOException {
        provider.script(Fault.ofKey("a-1", FaultKind.RESET).withCalls(1));
        try (RawCall call = RawCall.chat(provider, Caller.body(5))) {
            assertThatThrownBy(call::readAll)
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
        assertThat(provider.stats().total().unanswered()).isEqualTo(1);
        assertThat(status()).isEqualTo(200);
    }

    @Test
    void cutStreamEndsAfterSoManyChunksWithoutItsEndMark() throws IOException {
        provider.script(Fault.ofKey("a-1", FaultKind.CUT_STREAM).withAfterChunks(3));
        try (RawCall call = RawCall.chat(provider, Caller.streamed(1_000))) {
            String all = call.readAll();
            assertThat(all.split("data: ", -1)).hasSize(1 + 3);
            assertThat(all).doesNotContain("[DONE]").doesNotEndWith("0\r\n\r\n");
        }
        await().until(() -> provider.stats().total().answered(200) == 1);
        assertThat(provider.stats().total().completed()).isZero();
        assertThat(provider.stats().key("a-1").faults()).containsEntry("cut-stream", 1L);
    }

    @Test
    void streamShorterThanTheFaultBreaksBeforeItsEnd() throws IOException {
        provider.script(Fault.ofKey("a-1", FaultKind.CUT_STREAM).withAfterChunks(1_000));
        try (RawCall call = RawCall.chat(provider, Caller.streamed(1))) {
            assertThat(call.readAll()).contains("data: {").doesNotContain("[DONE]");
        }
    }

    @Test
    void cutPlainBodyIsShorterThanItsLength() throws IOException {
        provider.script(Fault.ofKey("a-1", FaultKind.CUT_STREAM));
        try (RawCall call = RawCall.chat(provider, Caller.body(100))) {
            String[] parts = call.readAll().split("\r\n\r\n", -1);
            int length = Integer.parseInt(parts[0].replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
            assertThat(parts[1]).startsWith("{\"id\"").hasSize(length / 2);
        }
    }

    @Test
    void resetStreamIsSeenAsReset() throws IOException {
        provider.script(Fault.ofKey("a-1", FaultKind.RESET_STREAM).withAfterChunks(2));
        try (RawCall call = RawCall.chat(provider, Caller.streamed(1_000))) {
            assertThatThrownBy(call::readAll)
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void malformedChunkIsNoJson() {
        provider.script(Fault.ofKey("a-1", FaultKind.MALFORMED_CHUNK).withAfterChunks(1));

        String stream = Caller.chat(provider, Caller.streamed(1_000)).body();
        String plain = Caller.chat(provider, Caller.body(5)).body();

        assertThat(stream).containsSubsequence("data: {\"id\":\"gen-sim-1\"", "data: {\"id\":\"sim-broken\"", "[DONE]");
        assertThatThrownBy(() -> Json.MAPPER.readTree(plain)).isInstanceOf(IOException.class);
    }

    @Test
    void streamErrorComesWithStatus200() {
        provider.script(Fault.ofKey("a-1", FaultKind.STREAM_ERROR).withAfterChunks(1));

        HttpResponse<String> stream = Caller.chat(provider, Caller.streamed(1_000));
        JsonNode plain = Caller.json(Caller.chat(provider, Caller.body(5)));

        List<JsonNode> events = StreamTest.events(stream.body());
        assertThat(stream.statusCode()).isEqualTo(200);
        assertThat(events).hasSize(2);
        assertThat(events.get(1).at("/error/code").intValue()).isEqualTo(502);
        assertThat(events.get(1).at("/choices/0/finish_reason").textValue()).isEqualTo("error");
        assertThat(stream.body()).doesNotContain("[DONE]");
        assertThat(plain.at("/choices/0/error/code").intValue()).isEqualTo(502);
    }

    @Test
    void openAiHasNoRelayedErrorsAndItsOwnStreamError() {
        SimulatorConfig config =
                Caller.config(Caller.account()).dialect(Dialect.OPENAI).build();
        try (ProviderSimulator openAi = ProviderSimulator.start(config)) {
            assertThatThrownBy(() -> openAi.script(Fault.ofAll(FaultKind.RELAYED_401)))
                    .hasMessage("fault is relayed-401, expected one that dialect openai knows");
            openAi.script(Fault.ofAll(FaultKind.STREAM_ERROR));
            String stream = Caller.chat(openAi, Caller.streamed(1_000)).body();
            assertThat(StreamTest.events(stream).get(1).at("/error/type").textValue())
                    .isEqualTo("server_error");
        }
    }

    private HttpResponse<String> answerTo(FaultKind kind, Duration hint) {
        provider.script(Fault.ofKey("a-1", kind).withHint(hint).withCalls(1));
        return Caller.chat(provider, Caller.body(5));
    }

    private int status() {
        return Caller.chat(provider, Caller.body(5)).statusCode();
    }

    private List<Integer> statuses() {
        return List.of(Caller.SECRET, Caller.OTHER_SECRET, "sim-secret-b-1").stream()
                .map(secret -> Caller.chat(provider, secret, Caller.body(5)).statusCode())
                .toList();
    }
}
