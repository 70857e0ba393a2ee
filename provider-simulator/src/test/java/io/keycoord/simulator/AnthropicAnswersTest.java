package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnthropicAnswersTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Map<String, String> SIGNED =
            Map.of("x-api-key", Caller.SECRET, "anthropic-version", "2023-06-01");

    private final MovedClock clock = new MovedClock();

    @Test
    void aMessageHasContentAndUsage() {
        try (ProviderSimulator provider = start(Caller.account())) {
            HttpResponse<String> answer = post(provider, SIGNED, Caller.body(30));

            assertThat(answer.statusCode()).isEqualTo(200);
            JsonNode message = Caller.json(answer);
            int tokens = message.at("/usage/output_tokens").intValue();
            assertThat(message.get("type").textValue()).isEqualTo("message");
            assertThat(message.at("/content/0/text").textValue()).isEqualTo(Completions.text(0, tokens));
            assertThat(message.at("/usage/input_tokens").intValue()).isEqualTo(8);
            assertThat(provider.stats().key("a-1").tokensUsed()).isEqualTo(8 + tokens);
            assertThat(answer.headers().firstValue("anthropic-organization-id")).hasValue("org-a");
        }
    }

    @Test
    void theSystemPromptIsBilled() {
        try (ProviderSimulator provider = start(Caller.account())) {
            String body = Caller.body(1).replace("{\"model\"", "{\"system\":\"be brief\",\"model\"");

            assertThat(Caller.json(post(provider, SIGNED, body))
                            .at("/usage/input_tokens")
                            .intValue())
                    .isEqualTo(8 + 2);
        }
    }

    @Test
    void everyAnswerTellsWhatIsLeftAndUntilWhen() {
        try (ProviderSimulator provider =
                start(Caller.account().requests(Rate.bucket(60, MINUTE)).tokens(Rate.bucket(6_000, MINUTE)))) {
            HttpResponse<String> answer = post(provider, SIGNED, Caller.body(92));

            assertHeader(answer, "anthropic-ratelimit-requests-limit", "60");
            assertHeader(answer, "anthropic-ratelimit-requests-remaining", "59");
            assertHeader(answer, "anthropic-ratelimit-tokens-remaining", "5900");
            Instant reset = Instant.parse(answer.headers()
                    .firstValue("anthropic-ratelimit-tokens-reset")
                    .orElseThrow());
            assertThat(reset)
                    .isBetween(
                            Instant.ofEpochMilli(clock.millis()),
                            Instant.ofEpochMilli(clock.millis()).plusSeconds(2));
        }
    }

    @Test
    void aRefusalHintsAtTheNextCall() {
        try (ProviderSimulator provider = start(Caller.account().requests(Rate.slidingWindow(1, MINUTE)))) {
            post(provider, SIGNED, Caller.body(5));
            clock.move(Duration.ofSeconds(40));
            HttpResponse<String> refused = post(provider, SIGNED, Caller.body(5));

            assertThat(refused.statusCode()).isEqualTo(429);
            assertHeader(refused, "retry-after", "20");
            assertThat(Caller.json(refused).at("/error/type").textValue()).isEqualTo("rate_limit_error");
        }
    }

    @Test
    void aStreamTellsItsUsageAtBothEnds() {
        try (ProviderSimulator provider = start(Caller.account())) {
            HttpResponse<String> answer = post(provider, SIGNED, Caller.streamed(200));

            List<String> names = Arrays.stream(answer.body().split("\n\n"))
                    .map(event -> event.lines().findFirst().orElse(""))
                    .distinct()
                    .toList();
            assertThat(names)
                    .containsExactly(
                            "event: message_start",
                            "event: content_block_start",
                            "event: ping",
                            "event: content_block_delta",
                            "event: content_block_stop",
                            "event: message_delta",
                            "event: message_stop");
            List<JsonNode> events = events(answer.body());
            int tokens =
                    events.get(events.size() - 2).at("/usage/output_tokens").intValue();
            assertThat(events.get(0).at("/message/usage/input_tokens").intValue())
                    .isEqualTo(8);
            assertThat(text(events)).isEqualTo(Completions.text(0, tokens));
            assertThat(provider.stats().total().completed()).isEqualTo(1);
        }
    }

    @Test
    void anErrorInAStreamIsAnEventOfItsOwn() {
        try (ProviderSimulator provider = start(Caller.account())) {
            provider.script(Fault.ofAll(FaultKind.STREAM_ERROR));

            assertThat(post(provider, SIGNED, Caller.streamed(200)).body())
                    .contains("event: error\ndata: {\"type\":\"error\"")
                    .doesNotContain("message_stop");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "invalid-key, 401, authentication_error",
        "insufficient-credits, 402, billing_error",
        "in-flight-budget, 429, rate_limit_error",
        "key-limit, 429, rate_limit_error",
        "rate-limit, 429, rate_limit_error",
        "server-error, 500, api_error",
        "overloaded, 529, overloaded_error"
    })
    void faultAnswers(String fault, int status, String type) {
        try (ProviderSimulator provider = start(Caller.account())) {
            provider.script(ConfigJson.fault("{\"fault\":\"" + fault + "\"}"));
            HttpResponse<String> answer = post(provider, SIGNED, Caller.body(5));

            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(Caller.json(answer).get("type").textValue()).isEqualTo("error");
            assertThat(Caller.json(answer).at("/error/type").textValue()).isEqualTo(type);
        }
    }

    @ParameterizedTest
    @CsvSource({"x-api-key, 401, authentication_error", "anthropic-version, 400, invalid_request_error"})
    void aCallWithoutAHeaderIsRefused(String missing, int status, String type) {
        Map<String, String> headers = new TreeMap<>(SIGNED);
        headers.remove(missing);
        headers.put("Authorization", "Bearer " + Caller.SECRET);
        try (ProviderSimulator provider = start(Caller.account())) {
            HttpResponse<String> answer = post(provider, headers, Caller.body(5));

            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(Caller.json(answer).at("/error/type").textValue()).isEqualTo(type);
        }
    }

    @Test
    void theMostTokensMustBeSaid() {
        try (ProviderSimulator provider = start(Caller.account())) {
            String body = Caller.body(5).replace("max_tokens", "most_tokens");

            assertThat(Caller.json(post(provider, SIGNED, body))
                            .at("/error/message")
                            .textValue())
                    .isEqualTo("max_tokens: Field required");
        }
    }

    @Test
    void chatCompletionsAreNotServed() {
        try (ProviderSimulator provider = start(Caller.account())) {
            assertThat(Caller.chat(provider, Caller.body(5)).statusCode()).isEqualTo(404);
        }
    }

    private static HttpResponse<String> post(ProviderSimulator provider, Map<String, String> headers, String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(provider.baseUrl() + "/messages"))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return Caller.send(request);
    }

    private static List<JsonNode> events(String body) {
        return body.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> Caller.json(line.substring(6)))
                .toList();
    }

    private static String text(List<JsonNode> events) {
        return events.stream().map(event -> event.at("/delta/text").asText("")).collect(Collectors.joining());
    }

    private static void assertHeader(HttpResponse<String> answer, String name, String value) {
        assertThat(answer.headers().firstValue(name)).as(name).hasValue(value);
    }

    private ProviderSimulator start(SimulatedAccount.Builder account) {
        return ProviderSimulator.start(
                Caller.config(account).dialect(Dialect.ANTHROPIC).build(), clock);
    }
}
