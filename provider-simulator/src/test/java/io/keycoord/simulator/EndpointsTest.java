package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Completions of texts, embeddings and responses: what OpenAI and OpenRouter serve beside chats. */
class EndpointsTest {

    private static final String TEXT =
            "{\"model\":\"m\",\"prompt\":\"%s\",\"max_tokens\":60}".formatted("x".repeat(40));
    private static final String RESPONSE =
            "{\"model\":\"m\",\"instructions\":\"be brief\",\"input\":\"hi\",\"max_output_tokens\":60}";

    private static ProviderSimulator start(Dialect dialect) {
        return ProviderSimulator.start(
                Caller.config(Caller.account()).dialect(dialect).build());
    }

    private static HttpResponse<String> post(ProviderSimulator provider, String path, String body) {
        return Caller.send(Caller.request(provider.baseUrl() + path, Caller.SECRET)
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static String streamed(String body) {
        return body.replace("{\"model\"", "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\"");
    }

    private static List<JsonNode> events(String body) {
        return body.lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> Caller.json(line.substring(6)))
                .toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENAI", "OPENROUTER"})
    void aTextIsCompleted(Dialect dialect) {
        try (ProviderSimulator provider = start(dialect)) {
            JsonNode answer = Caller.json(post(provider, "/completions", TEXT));
            List<JsonNode> events =
                    events(post(provider, "/completions", streamed(TEXT)).body());

            int tokens = answer.at("/usage/completion_tokens").intValue();
            assertThat(answer.get("object").textValue()).isEqualTo("text_completion");
            assertThat(answer.at("/choices/0/text").textValue()).isEqualTo(Completions.text(0, tokens));
            assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(10);
            assertThat(events.stream()
                            .map(e -> e.at("/choices/0/text").asText(""))
                            .collect(Collectors.joining()))
                    .isEqualTo(Completions.text(
                            0,
                            events.get(events.size() - 1)
                                    .at("/usage/completion_tokens")
                                    .intValue()));
        }
    }

    @Test
    void severalTextsShareTheTokens() {
        try (ProviderSimulator provider = start(Dialect.OPENAI)) {
            String body = "{\"model\":\"m\",\"prompt\":[\"abcd\",\"efgh\"],\"n\":2,\"max_tokens\":5}";
            JsonNode answer = Caller.json(post(provider, "/completions", body));

            assertThat(answer.get("choices")).hasSize(4);
            assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(2);
            assertThat(provider.stats().total().tokensAsked()).isEqualTo(2 + 20);
            int words = 0;
            for (JsonNode choice : answer.get("choices")) {
                String text = choice.get("text").textValue().strip();
                words += text.isEmpty() ? 0 : text.split(" ", -1).length;
            }
            assertThat(words).isEqualTo(answer.at("/usage/completion_tokens").intValue());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"abcdefgh\" | 1 | 2",
                "[\"abcd\",\"efgh\",\"i\"] | 3 | 3",
                "[1,2,3] | 1 | 3",
                "[[1,2],[3,4]] | 2 | 4"
            })
    void embeddingsHaveAVectorForEachTextAndNoOutput(String input, int vectors, int tokens) {
        try (ProviderSimulator provider = start(Dialect.OPENROUTER)) {
            String body = "{\"model\":\"m\",\"stream\":true,\"input\":" + input + "}";
            JsonNode answer = Caller.json(post(provider, "/embeddings", body));

            assertThat(answer.get("data")).hasSize(vectors);
            assertThat(answer.at("/data/0/embedding")).hasSize(8);
            assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(tokens);
            assertThat(provider.stats().total().tokensUsed()).isEqualTo(tokens);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"OPENAI", "OPENROUTER"})
    void aResponseHasOutputAndUsage(Dialect dialect) {
        try (ProviderSimulator provider = start(dialect)) {
            JsonNode answer = Caller.json(post(provider, "/responses", RESPONSE));

            assertThat(answer.get("object").textValue()).isEqualTo("response");
            assertThat(answer.get("status").textValue()).isEqualTo("completed");
            assertThat(answer.at("/usage/input_tokens").intValue()).isEqualTo(8 + 2);
            assertThat(answer.at("/output/0/content/0/text").textValue())
                    .isEqualTo(Completions.text(
                            0, answer.at("/usage/output_tokens").intValue()));
        }
    }

    @Test
    void aStreamedResponseEndsWithAllOfIt() {
        try (ProviderSimulator provider = start(Dialect.OPENAI)) {
            List<JsonNode> events =
                    events(post(provider, "/responses", streamed(RESPONSE)).body());
            JsonNode last = events.get(events.size() - 1);

            assertThat(events.get(0).get("type").textValue()).isEqualTo("response.created");
            assertThat(last.get("type").textValue()).isEqualTo("response.completed");
            assertThat(events.stream()
                            .filter(event -> event.get("type").textValue().endsWith(".delta"))
                            .map(event -> event.get("delta").textValue())
                            .collect(Collectors.joining()))
                    .isEqualTo(last.at("/response/output/0/content/0/text").textValue());
        }
    }

    @Test
    void aResponseThatMayNotGoOnIsIncomplete() {
        try (ProviderSimulator provider = start(Dialect.OPENAI)) {
            String body = RESPONSE.replace("60", "1");

            assertThat(Caller.json(post(provider, "/responses", body))
                            .get("status")
                            .textValue())
                    .isEqualTo("incomplete");
            assertThat(post(provider, "/responses", streamed(body)).body()).contains("event: response.incomplete");
        }
    }

    @Test
    void aResponseFailsInTheMiddle() {
        try (ProviderSimulator provider = start(Dialect.OPENAI)) {
            provider.script(Fault.ofAll(FaultKind.STREAM_ERROR));

            assertThat(Caller.json(post(provider, "/responses", RESPONSE))
                            .at("/error/code")
                            .textValue())
                    .isEqualTo("server_error");
            assertThat(post(provider, "/responses", streamed(RESPONSE)).body())
                    .contains("event: response.failed")
                    .doesNotContain("response.completed");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/completions | {'model':'m'} | 'prompt' is missing or empty, expected a string or an array",
                "/completions | {'model':'m','prompt':'x','n':0} | 'n' is 0, expected a whole number from 1 to 128",
                "/completions | {'prompt':'x'} | 'model' is missing, expected a string",
                "/embeddings | {'model':'m','input':[]} | 'input' is missing or empty, expected a string or an array",
                "/responses | {'model':'m','input':7} | 'input' is missing or empty, expected a string or an array",
                "/responses | {'model':'m','input':'x','max_output_tokens':0} | 'max_output_tokens' is 0, expected a whole number from 1 to 1000000"
            })
    void wrongBodiesAreTheCallersFault(String path, String body, String message) {
        try (ProviderSimulator provider = start(Dialect.OPENAI)) {
            HttpResponse<String> answer = post(provider, path, body.replace('\'', '"'));

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(Caller.json(answer).at("/error/message").textValue().replace('\'', '"'))
                    .isEqualTo(message.replace('\'', '"'));
        }
    }
}
