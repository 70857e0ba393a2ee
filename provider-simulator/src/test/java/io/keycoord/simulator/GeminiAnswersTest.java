package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GeminiAnswersTest {

    private static final String PLAIN = "/v1beta/models/sim-chat:generateContent";
    private static final String EVENTS = "/v1beta/models/sim-chat:streamGenerateContent?alt=sse";
    private static final String LIST = "/v1beta/models/sim-chat:streamGenerateContent";

    private final MovedClock clock = new MovedClock();

    /** A prompt of 10 tokens, 2 of the system. */
    private static String body(int maxTokens) {
        return ("{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"%s\"}]}],"
                        + "\"systemInstruction\":{\"parts\":[{\"text\":\"be brief\"}]},"
                        + "\"generationConfig\":{\"maxOutputTokens\":%d}}")
                .formatted("x".repeat(32), maxTokens);
    }

    private ProviderSimulator start(SimulatedAccount.Builder account) {
        return ProviderSimulator.start(
                Caller.config(account).dialect(Dialect.GEMINI).build(), clock);
    }

    private static HttpResponse<String> post(ProviderSimulator provider, String path, String... header) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(provider.url() + path))
                .POST(HttpRequest.BodyPublishers.ofString(body(200)));
        return Caller.send(header.length == 0 ? request : request.header(header[0], header[1]));
    }

    private static HttpResponse<String> signed(ProviderSimulator provider, String path) {
        return post(provider, path, "x-goog-api-key", Caller.SECRET);
    }

    private static List<JsonNode> events(String body) {
        return body.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> Caller.json(line.substring(6)))
                .toList();
    }

    private static String text(Iterable<JsonNode> pieces) {
        return StreamSupport.stream(pieces.spliterator(), false)
                .map(piece -> piece.at("/candidates/0/content/parts/0/text").asText(""))
                .collect(Collectors.joining());
    }

    @Test
    void contentsAreGenerated() {
        try (ProviderSimulator provider = start(Caller.account())) {
            JsonNode answer = Caller.json(signed(provider, PLAIN));

            int tokens = answer.at("/usageMetadata/candidatesTokenCount").intValue();
            assertThat(text(List.of(answer))).isEqualTo(Completions.text(0, tokens));
            assertThat(answer.at("/usageMetadata/promptTokenCount").intValue()).isEqualTo(10);
            assertThat(answer.at("/candidates/0/finishReason").textValue()).isEqualTo("STOP");
            assertThat(answer.get("modelVersion").textValue()).isEqualTo("sim-chat");
            assertThat(provider.stats().total().tokensAsked())
                    .as("prompts alone are limited")
                    .isEqualTo(10);
            assertThat(provider.stats().total().tokensUsed()).isEqualTo(10 + tokens);
        }
    }

    @Test
    void eachEventTellsTheUsageUpToThen() {
        try (ProviderSimulator provider = start(Caller.account())) {
            HttpResponse<String> answer = signed(provider, EVENTS);
            List<JsonNode> events = events(answer.body());
            JsonNode last = events.get(events.size() - 1);

            assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream");
            assertThat(answer.body()).doesNotContain("[DONE]");
            int tokens = last.at("/usageMetadata/candidatesTokenCount").intValue();
            assertThat(text(events)).isEqualTo(Completions.text(0, tokens));
            assertThat(events.get(0).at("/usageMetadata/candidatesTokenCount").intValue())
                    .isEqualTo(Math.min(4, tokens));
            assertThat(last.at("/candidates/0/finishReason").textValue()).isEqualTo("STOP");
            assertThat(events.get(0).at("/candidates/0/finishReason").isMissingNode())
                    .isTrue();
        }
    }

    @Test
    void aStreamWithoutEventsIsOneList() {
        try (ProviderSimulator provider = start(Caller.account())) {
            HttpResponse<String> answer = signed(provider, LIST);
            JsonNode pieces = Caller.json(answer);

            assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
            assertThat(text(pieces))
                    .isEqualTo(Completions.text(
                            0,
                            pieces.get(pieces.size() - 1)
                                    .at("/usageMetadata/candidatesTokenCount")
                                    .intValue()));
        }
    }

    @Test
    void keysAreTakenFromTheHeaderOrTheAddress() {
        try (ProviderSimulator provider = start(Caller.account())) {
            assertThat(post(provider, PLAIN + "?key=" + Caller.SECRET).statusCode())
                    .isEqualTo(200);
            assertThat(post(provider, PLAIN).statusCode()).isEqualTo(403);
            HttpResponse<String> wrong = post(provider, PLAIN + "?key=" + Caller.SECRET, "x-goog-api-key", "wrong");
            assertThat(wrong.statusCode()).isEqualTo(400);
            assertThat(provider.stats().unknown().answered(400)).isEqualTo(1);
        }
    }

    @Test
    void chatsAreServedBelowOpenai() {
        try (ProviderSimulator provider = start(Caller.account())) {
            HttpResponse<String> answer =
                    Caller.send(Caller.request(provider.url() + "/v1beta/openai/chat/completions", Caller.SECRET)
                            .POST(HttpRequest.BodyPublishers.ofString(Caller.body(5))));

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(Caller.json(answer).at("/usage/prompt_tokens").intValue())
                    .isEqualTo(8);
            assertThat(Caller.chat(provider, Caller.body(5)).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void modelsAreListed() {
        try (ProviderSimulator provider = start(Caller.account())) {
            assertThat(Caller.json(Caller.get(provider, "/v1beta/models?key=" + Caller.SECRET, ""))
                            .at("/models/0/name")
                            .textValue())
                    .isEqualTo("models/sim/chat");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "invalid-key, '', 400, INVALID_ARGUMENT, API_KEY_INVALID",
        "leaked-key, '', 403, PERMISSION_DENIED, reported as leaked",
        "not-permitted, '', 403, PERMISSION_DENIED, does not have permission",
        "rate-limit, 25300ms, 429, RESOURCE_EXHAUSTED, GenerateRequestsPerMinutePerProjectPerModel",
        "rate-limit, 25300ms, 429, RESOURCE_EXHAUSTED, \"retryDelay\":\"25.300s\"",
        "rate-limit, '', 429, RESOURCE_EXHAUSTED, has been exhausted",
        "key-limit, 33s, 429, RESOURCE_EXHAUSTED, GenerateRequestsPerDayPerProjectPerModel",
        "in-flight-budget, '', 429, RESOURCE_EXHAUSTED, SpendPerProjectPer10Minutes",
        "insufficient-credits, '', 402, RESOURCE_EXHAUSTED, prepayment credits are depleted",
        "precondition, '', 400, FAILED_PRECONDITION, location is not supported",
        "server-error, '', 500, INTERNAL, internal error",
        "overloaded, 7s, 503, UNAVAILABLE, \"retryDelay\":\"7s\""
    })
    void faultAnswers(String fault, String hint, int status, String word, String text) {
        String more = hint.isEmpty() ? "" : ",\"hint\":\"" + hint + "\"";
        try (ProviderSimulator provider = start(Caller.account())) {
            provider.script(ConfigJson.fault("{\"fault\":\"" + fault + "\"" + more + "}"));

            for (String path : List.of(PLAIN, EVENTS)) {
                HttpResponse<String> answer = signed(provider, path);
                assertThat(answer.statusCode()).isEqualTo(status);
                assertThat(Caller.json(answer).at("/error/status").textValue()).isEqualTo(word);
                assertThat(Caller.json(answer).at("/error/code").intValue()).isEqualTo(status);
                assertThat(answer.body()).contains(text);
            }
            assertThat(Caller.json(signed(provider, LIST)).at("/0/error/status").textValue())
                    .isEqualTo(word);
        }
    }

    @Test
    void aRefusalNamesTheQuotaAndTheDelay() {
        try (ProviderSimulator provider = start(Caller.account().requests(Rate.slidingWindow(1, Duration.ofDays(1))))) {
            signed(provider, PLAIN);
            clock.move(Duration.ofHours(23));
            JsonNode refused = Caller.json(signed(provider, PLAIN));

            JsonNode violation = refused.at("/error/details/0/violations/0");
            assertThat(violation.get("quotaId").textValue()).isEqualTo("GenerateRequestsPerDayPerProjectPerModel");
            assertThat(violation.get("quotaValue").textValue()).isEqualTo("1");
            assertThat(violation.at("/quotaDimensions/model").textValue()).isEqualTo("sim-chat");
            assertThat(refused.at("/error/details/1/retryDelay").textValue()).isEqualTo("3600s");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void anErrorInAStreamIsAPieceOfItsOwn(int afterChunks) {
        try (ProviderSimulator provider = start(Caller.account())) {
            provider.script(ConfigJson.fault("{\"fault\":\"stream-error\",\"afterChunks\":" + afterChunks + "}"));
            List<JsonNode> events = events(signed(provider, EVENTS).body());
            JsonNode pieces = Caller.json(signed(provider, LIST));

            assertThat(events).hasSize(afterChunks + 1);
            assertThat(events.get(afterChunks).at("/error/status").textValue()).isEqualTo("UNAVAILABLE");
            assertThat(pieces.get(pieces.size() - 1).at("/error/status").textValue())
                    .isEqualTo("UNAVAILABLE");
        }
    }

    @Test
    void itsOwnFaultsAreOfNobodyElse() {
        assertThatThrownBy(() -> Caller.config(Caller.account())
                        .dialect(Dialect.OPENAI)
                        .fault(Fault.ofAll(FaultKind.LEAKED_KEY))
                        .build())
                .hasMessage("fault is leaked-key, expected one that dialect openai knows");
    }
}
