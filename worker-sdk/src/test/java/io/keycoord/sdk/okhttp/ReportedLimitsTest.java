package io.keycoord.sdk.okhttp;

import static io.keycoord.sdk.okhttp.FakeCoordinator.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.ApiSecret;
import io.keycoord.Dimension;
import io.keycoord.Outcome;
import io.keycoord.ReportedLimit;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.simulator.Dialect;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.Rate;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a provider says of its limits, as it reaches the settlement. */
class ReportedLimitsTest {
    private static final String PLAIN =
            "{\"model\":\"sim/chat\",\"max_tokens\":40,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final ProviderSimulator provider = ProviderSimulator.start(SimulatorConfig.builder()
            .dialect(Dialect.OPENAI)
            .latency(Latency.none())
            .account(SimulatedAccount.builder("a")
                    .key("a1", "secret-of-a1")
                    .requests(Rate.bucket(2, MINUTE))
                    .tokens(Rate.bucket(10_000, MINUTE))
                    .build())
            .build());
    private final FakeCoordinator keys = new FakeCoordinator(
            "openai", provider.baseUrl(), new FakeCoordinator.FakeKey("a1", "a", ApiSecret.of("secret-of-a1")));

    @AfterEach
    void stop() {
        provider.close();
    }

    private Outcome outcomeOf(String body) throws IOException {
        OkHttpClient http = LeasedHttp.newClient(
                keys, FakeCoordinator.POOL, CallOptions.standard().withMaxAttempts(1));
        Request request = new Request.Builder()
                .url(provider.baseUrl() + "/chat/completions")
                .post(RequestBody.create(body, Provider.JSON))
                .build();
        try (Response response = http.newCall(request).execute()) {
            assertThat(response.body().string()).isNotEmpty();
        }
        List<Outcome> outcomes = keys.outcomes();
        return outcomes.get(outcomes.size() - 1);
    }

    private static ReportedLimit requests(long left) {
        return new ReportedLimit(Dimension.REQUESTS, MINUTE, OptionalLong.of(2), left);
    }

    private static ReportedLimit tokensOf(Outcome outcome) {
        assertThat(outcome.reported()).hasSize(2);
        ReportedLimit tokens = outcome.reported().get(1);
        assertThat(tokens.dimension()).isEqualTo(Dimension.TOKENS);
        assertThat(tokens.limit()).hasValue(10_000);
        return tokens;
    }

    @Test
    void answersStreamsAndRefusalsTellWhatIsLeft() throws Exception {
        Outcome plain = outcomeOf(PLAIN);
        assertThat(plain.kind()).isEqualTo(Outcome.Kind.SUCCESS);
        assertThat(plain.reported()).startsWith(requests(1));
        assertThat(tokensOf(plain).left()).isBetween(9_900L, 9_960L);

        Outcome stream = outcomeOf(PLAIN.replace("{\"model\"", "{\"stream\":true,\"model\""));
        assertThat(stream.kind()).isEqualTo(Outcome.Kind.SUCCESS);
        assertThat(stream.reported()).startsWith(requests(0));
        assertThat(tokensOf(stream).left()).isLessThan(tokensOf(plain).left());

        Outcome refusal = outcomeOf(PLAIN);
        assertThat(refusal.kind()).isEqualTo(Outcome.Kind.RATE_LIMITED);
        assertThat(refusal.reported()).startsWith(requests(0));
    }

    @Test
    void answerThatAsksForSlowerGrowthSlowsTheAccountDown() throws Exception {
        provider.script(Fault.ofKey("a1", FaultKind.IN_FLIGHT_BUDGET));

        Outcome outcome = outcomeOf(PLAIN);

        assertThat(outcome.slowsDown()).isTrue();
        assertThat(outcome.block().scope()).isEqualTo(Outcome.Scope.ACCOUNT_MODELS);
        assertThat(outcomeOf(PLAIN).slowsDown()).isTrue();
    }

    @Test
    void brokenStreamTellsToo() throws Exception {
        try (Provider broken = new Provider()) {
            broken.answers(
                    200,
                    "data: {\"choices\":[]}\n\n",
                    "Content-Type",
                    "text/event-stream",
                    "x-ratelimit-limit-tokens",
                    "100",
                    "x-ratelimit-remaining-tokens",
                    "7");
            FakeCoordinator coordinator = new FakeCoordinator("openai", broken.baseUrl(), key("a1", "a"));

            try (Response response = LeasedHttp.newClient(coordinator, FakeCoordinator.POOL)
                    .newCall(broken.chat())
                    .execute()) {
                assertThat(response.body().string()).isNotEmpty();
            }

            assertThat(coordinator.outcome().kind()).isEqualTo(Outcome.Kind.PROVIDER_FAILED);
            assertThat(coordinator.outcome().reported())
                    .containsExactly(new ReportedLimit(Dimension.TOKENS, MINUTE, OptionalLong.of(100), 7));
        }
    }
}
