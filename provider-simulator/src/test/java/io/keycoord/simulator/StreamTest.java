package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamTest {

    @Test
    void openRouterStreamsCommentsTextUsageAndDone() {
        try (ProviderSimulator provider =
                ProviderSimulator.start(Caller.config(Caller.account()).build())) {
            HttpResponse<String> answer = Caller.chat(provider, Caller.streamed(2_000));

            assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream");
            assertThat(answer.body()).startsWith(": OPENROUTER PROCESSING\n\n").endsWith("data: [DONE]\n\n");
            List<JsonNode> events = events(answer.body());
            JsonNode usage = events.get(events.size() - 1);
            int tokens = usage.at("/usage/completion_tokens").intValue();
            assertThat(usage.get("choices")).isEmpty();
            assertThat(usage.at("/usage/prompt_tokens").intValue()).isEqualTo(8);
            assertThat(text(events).split(" "))
                    .hasSize(tokens)
                    .isEqualTo(Completions.text(0, tokens).split(" "));
            assertThat(events.get(events.size() - 2)
                            .at("/choices/0/finish_reason")
                            .textValue())
                    .isEqualTo("stop");
            assertThat(Caller.json(Caller.chat(provider, Caller.body(5))).get("usage"))
                    .isNotNull();
        }
    }

    @Test
    void openAiStreamsUsageOnlyWhenAskedTo() {
        SimulatorConfig config =
                Caller.config(Caller.account()).dialect(Dialect.OPENAI).build();
        String asking = Caller.streamed(9)
                .replace("\"stream\":true", "\"stream\":true,\"stream_options\":{\"include_usage\":true}");
        try (ProviderSimulator provider = ProviderSimulator.start(config)) {
            String without = Caller.chat(provider, Caller.streamed(9)).body();
            List<JsonNode> with = events(Caller.chat(provider, asking).body());

            assertThat(without)
                    .doesNotContain("usage")
                    .doesNotContain("PROCESSING")
                    .endsWith("data: [DONE]\n\n");
            assertThat(with.get(0).get("usage").isNull()).isTrue();
            assertThat(with.get(with.size() - 1).at("/usage/prompt_tokens").intValue())
                    .isEqualTo(8);
        }
    }

    @Test
    void chunksArriveOneByOne() throws Exception {
        SimulatorConfig config = Caller.config(Caller.account())
                .latency(Latency.none().withPerToken(java.time.Duration.ofSeconds(10)))
                .build();
        try (ProviderSimulator provider = ProviderSimulator.start(config);
                RawCall call = RawCall.chat(provider, Caller.streamed(100))) {
            // The next chunk is 40 s away, so what is read now was not held back.
            assertThat(call.readTo("PROCESSING")).contains("Transfer-Encoding: chunked");
            assertThat(provider.stats().total().inFlight()).isEqualTo(1);
        }
    }

    static List<JsonNode> events(String body) {
        return Arrays.stream(body.split("\n\n"))
                .filter(event -> event.startsWith("data: {"))
                .map(event -> Caller.json(event.substring(6)))
                .toList();
    }

    private static String text(List<JsonNode> events) {
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(event.at("/choices/0/delta/content").asText("")));
        return text.toString();
    }
}
