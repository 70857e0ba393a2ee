package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.keycoord.Usage;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsageReaderTest {

    private static UsageReader read(String mediaType, String text, int step) {
        UsageReader reader = UsageReader.of(mediaType);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < bytes.length; at += step) {
            reader.read(bytes, at, Math.min(step, bytes.length - at));
        }
        return reader;
    }

    private static UsageReader stream(String text) {
        return read("text/event-stream", text, 3);
    }

    private static UsageReader json(String text) {
        return read("application/json", text, 3);
    }

    @Test
    void openAiStreamTellsItsUsageInItsLastEvents() {
        UsageReader reader = stream("""
                data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":null}],"usage":null}

                data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":1}}

                data: [DONE]

                """);

        assertThat(reader.usage()).contains(Usage.tokens(9, 1));
        assertThat(reader.isComplete()).isTrue();
    }

    @Test
    void anthropicStreamTellsItsUsageInTwoParts() {
        String events = """
                event: message_start
                data: {"type":"message_start","message":{"usage":{"input_tokens":25,"output_tokens":1}}}

                event: message_delta
                data: {"type":"message_delta","usage":{"output_tokens":7}}

                """;
        UsageReader reader = stream(events.replace("\n", "\r\n"));

        assertThat(reader.usage()).contains(Usage.tokens(25, 7));
        assertThat(reader.isComplete()).isFalse();
    }

    @Test
    void responsesStreamEndsWithItsResponse() {
        UsageReader reader = stream("data: {\"type\":\"response.completed\",\"response\":{\"error\":null,"
                + "\"usage\":{\"input_tokens\":4,\"output_tokens\":5}}}\n\n");

        assertThat(reader.usage()).contains(Usage.tokens(4, 5));
        assertThat(reader.isComplete()).isTrue();
        assertThat(reader.hasFailed()).isFalse();
    }

    @Test
    void errorEventOfAStreamHasAWordAndNoStatus() {
        UsageReader reader =
                stream("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n");

        assertThat(reader.hasFailed()).isTrue();
        assertThat(reader.error())
                .hasValueSatisfying(error -> assertThat(error.status()).isZero());
    }

    @Test
    void cacheReadsDoNotCountAndCacheWritesDo() {
        UsageReader reader = json("{\"usage\":{\"input_tokens\":10,\"cache_creation_input_tokens\":5,"
                + "\"cache_read_input_tokens\":500,\"output_tokens\":2}}");

        assertThat(reader.usage()).contains(Usage.tokens(15, 2));
    }

    @Test
    void blankLinesBeforeAnAnswerAreKeepAlives() {
        assertThat(json("\n\n\n{\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}")
                        .usage())
                .contains(Usage.tokens(5, 1));
    }

    @Test
    void textThatLooksLikeUsageIsNotUsage() {
        UsageReader reader = json(
                "{\"choices\":[{\"message\":{\"content\":\"{\\\"usage\\\":{\\\"prompt_tokens\\\":1}}\","
                        + "\"usage\":{\"prompt_tokens\":2}}}],\"usage\":{\"prompt_tokens\":3,\"x\":{\"prompt_tokens\":4}}}");

        assertThat(reader.usage()).contains(Usage.tokens(3, 0));
    }

    @Test
    void costIsToldInMillionthsOfADollarRoundedUp() {
        Usage usage = json("{\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"cost\":0.0001402,"
                        + "\"cost_details\":{\"cost\":7}}}")
                .usage()
                .orElseThrow();

        assertThat(usage).isEqualTo(Usage.tokens(9, 2).withMicroUsd(141));
        assertThat(json("{\"usage\":{\"prompt_tokens\":9,\"cost\":0.00014}}").usage())
                .contains(Usage.tokens(9, 0).withMicroUsd(140));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-0.5", "1e999999999", "1e-999999999", "\"free\"", "null", "1000000.1"})
    void impossibleCostsAreNone(String cost) {
        Usage usage = json("{\"usage\":{\"prompt_tokens\":9,\"cost\":" + cost + "}}")
                .usage()
                .orElseThrow();

        assertThat(usage.microUsd().orElse(0)).isZero();
        assertThat(usage.inputTokens()).isEqualTo(9);
    }

    @Test
    void impossibleCountsAreClamped() {
        assertThat(json("{\"usage\":{\"prompt_tokens\":-3,\"completion_tokens\":99999999999}}")
                        .usage())
                .contains(Usage.tokens(0, 1_000_000_000L));
        assertThat(json("{\"usage\":{\"prompt_tokens\":123456789012345678901234567890}}")
                        .usage())
                .isEmpty();
    }

    @Test
    void stringLongerThanTheBoundEndsTheReadingNotTheCall() {
        UsageReader reader = json("{\"image\":\"" + "A".repeat(1_200_000) + "\",\"usage\":{\"prompt_tokens\":3}}");

        assertThat(reader.usage()).isEmpty();
    }

    @Test
    void rubbishIsUnknownAndNeverThrows() {
        Random random = new Random(11);
        String alphabet = "{}[]\":,data: \n\r0129eusagprompt_tokens\\\0";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(i % 2 == 0 ? "data: {\"usage\":" : "{\"usage\":{");
            random.ints(random.nextInt(40), 0, alphabet.length()).forEach(c -> text.append(alphabet.charAt(c)));
            assertThatCode(() -> {
                        stream(text.toString()).error();
                        json(text.toString()).usage();
                    })
                    .as("for %s", text)
                    .doesNotThrowAnyException();
        }
    }
}
