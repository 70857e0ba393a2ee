package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenAiAnswersTest {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final MovedClock clock = new MovedClock();

    @Test
    void everyAnswerTellsWhatIsLeft() {
        try (ProviderSimulator provider =
                start(Caller.account().requests(Rate.bucket(60, MINUTE)).tokens(Rate.bucket(6_000, MINUTE)))) {
            HttpResponse<String> answer = Caller.chat(provider, Caller.body(92));

            assertHeader(answer, "x-ratelimit-limit-requests", "60");
            assertHeader(answer, "x-ratelimit-remaining-requests", "59");
            assertHeader(answer, "x-ratelimit-reset-requests", "1s");
            assertHeader(answer, "x-ratelimit-limit-tokens", "6000");
            assertHeader(answer, "x-ratelimit-remaining-tokens", "5900");
            assertHeader(answer, "x-ratelimit-reset-tokens", "1s");
            assertThat(answer.headers().firstValue("x-request-id")).isPresent();
            assertThat(Caller.json(answer).get("usage").has("cost")).isFalse();
        }
    }

    @Test
    void refusalHintsAtTheNextCallAndNotAtTheFullBucket() {
        try (ProviderSimulator provider = start(Caller.account().tokens(Rate.bucket(6_000, MINUTE)))) {
            Caller.chat(provider, Caller.body(5_992));
            clock.move(Duration.ofMillis(345));
            HttpResponse<String> refused = Caller.chat(provider, Caller.body(92));

            assertThat(refused.statusCode()).isEqualTo(429);
            assertHeader(refused, "retry-after-ms", "655");
            assertHeader(refused, "retry-after", "1");
            assertHeader(refused, "x-ratelimit-reset-tokens", "59.655s");
            JsonNode error = Caller.json(refused).get("error");
            assertThat(error.get("type").textValue()).isEqualTo("tokens");
            assertThat(error.get("code").textValue()).isEqualTo("rate_limit_exceeded");
            assertThat(error.get("message").textValue())
                    .isEqualTo("Rate limit reached for sim/chat in organization org-a on tokens per min (TPM):"
                            + " Limit 6000, Used 5966, Requested 100. Please try again in 655ms.");
        }
    }

    @Test
    void refusedCallsCountAgainstTheRequestsIfSoConfigured() {
        try (ProviderSimulator provider =
                start(Caller.account().requests(Rate.slidingWindow(2, MINUTE)).refusedCalls(RefusedCalls.COUNTED))) {
            Caller.chat(provider, Caller.body(5));
            Caller.chat(provider, Caller.body(5));
            clock.move(Duration.ofSeconds(30));
            assertHeader(Caller.chat(provider, Caller.body(5)), "retry-after", "30");
            assertHeader(Caller.chat(provider, Caller.body(5)), "retry-after", "60");
        }
    }

    @Test
    void requestsAndTooLargeAreNamed() {
        try (ProviderSimulator provider =
                start(Caller.account().requests(Rate.bucket(1, MINUTE)).tokens(Rate.bucket(100, MINUTE)))) {
            HttpResponse<String> tooLarge = Caller.chat(provider, Caller.body(93));
            Caller.chat(provider, Caller.body(5));
            HttpResponse<String> refused = Caller.chat(provider, Caller.body(5));

            assertThat(Caller.json(tooLarge).at("/error/message").textValue())
                    .startsWith("Request too large for")
                    .contains("Limit 100, Requested 101");
            assertThat(tooLarge.headers().firstValue("retry-after")).isEmpty();
            assertThat(Caller.json(refused).at("/error/type").textValue()).isEqualTo("requests");
            assertThat(provider.stats().total().refused())
                    .containsEntry("tooLarge", 1L)
                    .containsEntry("requests", 1L);
        }
    }

    @Test
    void unknownKeyIsRepeatedMasked() {
        try (ProviderSimulator provider = start(Caller.account())) {
            HttpResponse<String> answer = Caller.chat(provider, "sk-PLACE-SOMETHING-LDER", Caller.body(5));

            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(Caller.json(answer).at("/error/code").textValue()).isEqualTo("invalid_api_key");
            assertThat(answer.body()).contains("sk-****LDER").doesNotContain("SOMETHING");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "invalid-key, 401, invalid_request_error, invalid_api_key",
        "insufficient-credits, 429, insufficient_quota, credit_balance_exhausted",
        "in-flight-budget, 429, rate_limit_error, slow_down",
        "key-limit, 429, insufficient_quota, project_spend_limit_exceeded",
        "rate-limit, 429, requests, rate_limit_exceeded",
        "server-error, 500, server_error,",
        "overloaded, 503, service_unavailable_error, server_is_overloaded"
    })
    void faultAnswers(String fault, int status, String type, String code) {
        try (ProviderSimulator provider = start(Caller.account())) {
            provider.script(ConfigJson.fault("{\"fault\":\"" + fault + "\"}"));
            HttpResponse<String> answer = Caller.chat(provider, Caller.body(5));

            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(Caller.json(answer).at("/error/type").textValue()).isEqualTo(type);
            assertThat(Caller.json(answer).at("/error/code").textValue()).isEqualTo(code);
            assertThat(answer.headers().firstValue("retry-after")).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 0s", "41, 41ms", "1000, 1s", "7660, 7.66s", "60000, 1m0s", "179560, 2m59.56s", "3723000, 1h2m3s"})
    void durationsLookLikeGo(long millis, String text) {
        assertThat(OpenAiErrors.goDuration(millis)).isEqualTo(text);
    }

    private static void assertHeader(HttpResponse<String> answer, String name, String value) {
        assertThat(answer.headers().firstValue(name)).as(name).hasValue(value);
    }

    private ProviderSimulator start(SimulatedAccount.Builder account) {
        return ProviderSimulator.start(
                Caller.config(account).dialect(Dialect.OPENAI).build(), clock);
    }
}
