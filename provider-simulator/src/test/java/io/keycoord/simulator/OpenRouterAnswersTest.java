package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class OpenRouterAnswersTest {

    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);
    private static final long START_MS = MovedClock.START / 1_000_000;

    private final MovedClock clock = new MovedClock();

    @Test
    void completionBillsPromptAndAsManyWordsAsItHas() {
        try (ProviderSimulator provider = start(Caller.account())) {
            HttpResponse<String> answer = Caller.chat(provider, Caller.body(50));

            JsonNode json = Caller.json(answer);
            int completion = json.at("/usage/completion_tokens").intValue();
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("X-Generation-Id"))
                    .hasValue(json.get("id").textValue());
            assertThat(json.at("/usage/prompt_tokens").intValue()).isEqualTo(8);
            assertThat(completion).isBetween(1, 50);
            assertThat(json.at("/usage/total_tokens").intValue()).isEqualTo(8 + completion);
            assertThat(json.at("/usage/cost").doubleValue()).isPositive();
            assertThat(json.at("/choices/0/message/content").textValue().split(" "))
                    .hasSize(completion);
            assertThat(json.at("/choices/0/finish_reason").textValue()).isEqualTo(completion == 50 ? "length" : "stop");
        }
    }

    @Test
    void sameBodyAlwaysGetsTheSameUsage() {
        try (ProviderSimulator provider = start(Caller.account())) {
            JsonNode first = Caller.json(Caller.chat(provider, Caller.body(500)));
            JsonNode second = Caller.json(Caller.chat(provider, Caller.OTHER_SECRET, Caller.body(500)));

            assertThat(second.get("usage")).isEqualTo(first.get("usage"));
        }
    }

    @Test
    void requestLimitTellsTheInstantAtWhichTheCallPasses() {
        try (ProviderSimulator provider = start(Caller.account().requests(Rate.bucket(1, TEN_SECONDS)))) {
            Caller.chat(provider, Caller.body(5));
            HttpResponse<String> refused = Caller.chat(provider, Caller.body(5));

            String reset = Long.toString(START_MS + 10_000);
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("X-RateLimit-Limit")).hasValue("1");
            assertThat(refused.headers().firstValue("X-RateLimit-Remaining")).hasValue("0");
            assertThat(refused.headers().firstValue("X-RateLimit-Reset")).hasValue(reset);
            assertThat(refused.headers().firstValue("Retry-After")).isEmpty();
            JsonNode error = Caller.json(refused).get("error");
            assertThat(error.get("code").intValue()).isEqualTo(429);
            assertThat(error.get("message").textValue()).startsWith("Rate limit exceeded: limit_rpm/sim/chat/");
            assertThat(error.at("/metadata/headers/X-RateLimit-Reset").textValue())
                    .isEqualTo(reset);
        }
    }

    @Test
    void callPassesAtTheInstantTold() {
        try (ProviderSimulator provider = start(Caller.account().requests(Rate.bucket(1, TEN_SECONDS)))) {
            Caller.chat(provider, Caller.body(5));

            clock.move(Duration.ofMillis(9_999));
            assertThat(Caller.chat(provider, Caller.body(5)).statusCode()).isEqualTo(429);
            clock.move(Duration.ofMillis(1));
            assertThat(Caller.chat(provider, Caller.body(5)).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void tokenLimitIsNamed() {
        try (ProviderSimulator provider = start(Caller.account().tokens(Rate.fixedWindow(100, Duration.ofDays(1))))) {
            Caller.chat(provider, Caller.body(90));
            JsonNode error = Caller.json(Caller.chat(provider, Caller.body(90))).get("error");

            assertThat(error.get("message").textValue()).startsWith("Rate limit exceeded: limit_tpd/sim/chat/");
            assertThat(error.at("/metadata/headers/X-RateLimit-Remaining").textValue())
                    .isEqualTo("2");
            assertThat(error.at("/metadata/headers/X-RateLimit-Reset").textValue())
                    .isEqualTo(Long.toString(START_MS + 86_400_000));
        }
    }

    @Test
    void freeModelIsRefusedInItsOwnWords() {
        String free = Caller.body(5).replace("sim/chat", "sim/chat:free");
        try (ProviderSimulator provider =
                start(Caller.account().requests(Rate.fixedWindow(1, Duration.ofMinutes(1))))) {
            Caller.chat(provider, free);
            JsonNode error = Caller.json(Caller.chat(provider, free)).get("error");

            assertThat(error.get("message").textValue()).startsWith("Rate limit exceeded: free-models-per-min");
            assertThat(error.at("/metadata/limit_source").textValue()).isEqualTo("openrouter_free_tier_per_minute");
        }
    }

    @Test
    void requestLargerThanTheLimitIsNoRateLimit() {
        try (ProviderSimulator provider = start(Caller.account().tokens(Rate.bucket(100, TEN_SECONDS)))) {
            HttpResponse<String> refused = Caller.chat(provider, Caller.body(93));

            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(Caller.json(refused).at("/error/metadata/error_type").textValue())
                    .isEqualTo("token_limit_exceeded");
        }
    }

    @Test
    void unknownAndMissingKeysDiffer() {
        try (ProviderSimulator provider = start(Caller.account())) {
            HttpResponse<String> unknown = Caller.chat(provider, "no-such-secret", Caller.body(5));
            HttpResponse<String> missing = Caller.chat(provider, "", Caller.body(5));

            assertThat(unknown.statusCode()).isEqualTo(401);
            assertThat(unknown.body()).contains("User not found.").doesNotContain("no-such-secret");
            assertThat(missing.statusCode()).isEqualTo(401);
            assertThat(missing.body()).contains("No auth credentials found");
            assertThat(provider.stats().unknown().answered(401)).isEqualTo(2);
            assertThat(provider.stats().total().answered(401)).isEqualTo(2);
        }
    }

    @Test
    void wrongBodiesAreTheCallersFault() {
        try (ProviderSimulator provider = start(Caller.account().requests(Rate.bucket(1, TEN_SECONDS)))) {
            assertThat(Caller.chat(provider, "{").body()).contains("no JSON");
            assertThat(Caller.chat(provider, "[]").body()).contains("no JSON object");
            assertThat(Caller.chat(provider, "{\"messages\":[{}]}").body()).contains("'model'");
            assertThat(Caller.chat(provider, "{\"model\":\"m\",\"messages\":[]}")
                            .body())
                    .contains("'messages'");
            assertThat(Caller.chat(provider, Caller.body(0)).body()).contains("'max_tokens' is 0");
            assertThat(Caller.chat(provider, Caller.body(0)).statusCode()).isEqualTo(400);
            assertThat(Caller.chat(provider, Caller.body(1)).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void keyAndModelsAnswerToKnownKeysOnly() {
        try (ProviderSimulator provider = start(Caller.account())) {
            Caller.chat(provider, Caller.body(5));

            HttpResponse<String> key = Caller.get(provider, "/api/v1/key", Caller.SECRET);
            assertThat(Caller.json(key).at("/data/usage").doubleValue()).isPositive();
            assertThat(Caller.json(key).at("/data/rate_limit/requests").intValue())
                    .isEqualTo(-1);
            assertThat(Caller.json(key).at("/data/limit_remaining").isNull()).isTrue();
            provider.script(Fault.ofAll(FaultKind.KEY_LIMIT));
            assertThat(Caller.json(Caller.get(provider, "/api/v1/auth/key", Caller.SECRET))
                            .at("/data/limit_remaining"))
                    .isEqualTo(IntNode.valueOf(0));
            provider.clearFaults();
            assertThat(key.body()).doesNotContain(Caller.SECRET);
            assertThat(Caller.json(Caller.get(provider, "/api/v1/models", Caller.SECRET))
                            .at("/data/0/id")
                            .textValue())
                    .isEqualTo("sim/chat");
            assertThat(Caller.get(provider, "/api/v1/key", "x").statusCode()).isEqualTo(401);
            assertThat(Caller.get(provider, "/api/v1/models", "x").statusCode()).isEqualTo(401);
            assertThat(Caller.get(provider, "/api/v1/nothing", Caller.SECRET).statusCode())
                    .isEqualTo(404);
            assertThat(Caller.get(provider, "/api/v1/chat/completions", Caller.SECRET)
                            .statusCode())
                    .isEqualTo(405);
        }
    }

    private ProviderSimulator start(SimulatedAccount.Builder account) {
        return ProviderSimulator.start(Caller.config(account).build(), clock);
    }
}
