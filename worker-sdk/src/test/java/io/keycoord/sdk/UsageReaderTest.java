package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.keycoord.Usage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageReaderTest {

    private static UsageReader read(String mediaType, String text, int step) {
        return read(mediaType, text, step, true);
    }

    private static UsageReader read(String mediaType, String text, int step, boolean cacheReadsCount) {
        UsageReader reader = UsageReader.of(mediaType, cacheReadsCount, false);
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

    /** Anthropic tells cache reads beside the input, OpenAI and Gemini as a part of it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'input_tokens':10,'cache_creation_input_tokens':5,'cache_read_input_tokens':500,'output_tokens':2 | 515 | 15 | 2",
                "'inputTokens':10,'cacheWriteInputTokens':5,'cacheReadInputTokens':500,'outputTokens':2 | 515 | 15 | 2",
                "'prompt_tokens':90,'completion_tokens':2,'prompt_tokens_details':{'cached_tokens':64,'audio_tokens':1} | 90 | 26 | 2",
                "'input_tokens':90,'output_tokens':2,'input_tokens_details':{'cached_tokens':64} | 90 | 26 | 2",
                "'prompt_tokens':90,'completion_tokens_details':{'cached_tokens':64} | 90 | 90 | 0",
                "'prompt_tokens':9,'prompt_tokens_details':{'cached_tokens':64} | 9 | 0 | 0"
            })
    void cacheReadsCountOrDoNot(String fields, long all, long uncached, long output) {
        String usage = ("{'usage':{" + fields + "}}").replace('\'', '"');
        String event = "data: {'type':'x','response':" + usage + "}\n\n";

        assertThat(json(usage).usage()).contains(Usage.tokens(all, output));
        assertThat(read("application/json", usage, 3, false).usage()).contains(Usage.tokens(uncached, output));
        assertThat(read("text/event-stream", event.replace('\'', '"'), 3, false).usage())
                .contains(Usage.tokens(uncached, output));
    }

    /** One answer of each kind of endpoint, whole. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'object':'chat.completion','choices':[{'finish_reason':'stop','message':{'content':'Hi'}}],'usage':{'prompt_tokens':4,'completion_tokens':5}} | 4 | 5",
                "{'object':'text_completion','choices':[{'text':'Hi','finish_reason':'stop'}],'usage':{'prompt_tokens':4,'completion_tokens':5}} | 4 | 5",
                "{'object':'list','data':[{'embedding':[0.25,-1]}],'usage':{'prompt_tokens':4,'total_tokens':4}} | 4 | 0",
                "{'object':'response','status':'completed','error':null,'output':[{'content':[{'text':'Hi'}]}],'usage':{'input_tokens':4,'output_tokens':5,'output_tokens_details':{'reasoning_tokens':3}}} | 4 | 5",
                "{'object':'response','status':'incomplete','error':null,'usage':{'input_tokens':4,'output_tokens':5}} | 4 | 5",
                "{'type':'message','content':[{'type':'text','text':'Hi'}],'usage':{'input_tokens':4,'output_tokens':5}} | 4 | 5",
                "{'candidates':[{'finishReason':'STOP'}],'usageMetadata':{'promptTokenCount':3,'toolUsePromptTokenCount':1,'candidatesTokenCount':2,'thoughtsTokenCount':3}} | 4 | 5",
                "[{'candidates':[{}],'usageMetadata':{'promptTokenCount':4}},{'usageMetadata':{'promptTokenCount':4,'candidatesTokenCount':5}}] | 4 | 5",
                "{'output':{'message':{}},'stopReason':'end_turn','usage':{'inputTokens':4,'outputTokens':5,'totalTokens':9}} | 4 | 5"
            })
    void wholeAnswersTellTheirUsage(String body, long input, long output) {
        UsageReader reader = json(body.replace('\'', '"'));

        assertThat(reader.usage()).contains(Usage.tokens(input, output));
        assertThat(reader.isComplete()).isTrue();
        assertThat(reader.hasFailed()).isFalse();
    }

    /** What ends a stream, and what does not. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'choices':[{'delta':{},'finish_reason':'length'}]} | true",
                "{'choices':[{'text':'x','finish_reason':'stop'}]} | true",
                "{'choices':[{'delta':{'content':'x'},'finish_reason':null}]} | false",
                "{'choices':[{'delta':{'content':'x'},'finish_reason':''}]} | false",
                "{'type':'message_stop'} | true",
                "{'type':'message_delta','delta':{'stop_reason':'end_turn'}} | false",
                "{'type':'response.completed','response':{'status':'completed','error':null}} | true",
                "{'type':'response.incomplete','response':{'status':'incomplete'}} | true",
                "{'type':'response.output_text.delta','delta':'response.completed'} | false",
                "{'candidates':[{'content':{'parts':[{'text':'x'}]}}]} | false",
                "{'candidates':[{'content':{},'finishReason':'STOP'}]} | true",
                "{'promptFeedback':{'blockReason':'SAFETY'},'usageMetadata':{'promptTokenCount':9}} | true",
                "[DONE] | true"
            })
    void lastEventOfEachKindEndsTheStream(String event, boolean last) {
        UsageReader reader = stream("data: " + event.replace('\'', '"') + "\n\n");

        assertThat(reader.isComplete()).isEqualTo(last);
        assertThat(reader.hasFailed()).isFalse();
    }

    /** Errors of which the answer says that it is a success; their status and word, or none of both. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'choices':[{'finish_reason':'error','error':{'code':502,'message':'x'}}]} | 502 | 502",
                "{'error':null,'choices':[{'finish_reason':'error','error':{'code':502}}]} | 502 | 502",
                "{'choices':[{'finish_reason':'error'}]} | -1 | ''",
                "{'error':{'code':'server_error','message':'x'},'choices':[]} | 0 | server_error",
                "{'object':'response','status':'failed','error':{'code':'rate_limit_exceeded','message':'x'}} | 0 | rate_limit_exceeded",
                "{'object':'response','status':'failed','error':null} | 0 | ''",
                "{'type':'response.failed','response':{'object':'response','error':{'code':'server_error'}}} | 0 | server_error",
                "{'type':'error','code':'rate_limit_exceeded','message':'x','param':null} | 0 | rate_limit_exceeded",
                "{'type':'error','error':{'type':'overloaded_error','message':'x'}} | 0 | ''",
                "{'error':{'code':429,'status':'RESOURCE_EXHAUSTED'}} | 429 | 429",
                "[{'candidates':[]},{'error':{'code':503,'status':'UNAVAILABLE'}}] | 503 | 503"
            })
    void errorsInsideASuccessAreSeen(String event, int status, String code) {
        String text = event.replace('\'', '"');
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        UsageReader whole = json(text);
        UsageReader stream = stream("data: " + text + "\n\n");
        String padded = text.replaceFirst("\\{", "{\"filler\":\"" + "x".repeat(100_000) + "\",");
        UsageReader longStream = read("text/event-stream", "data: " + padded + "\n\n", 999);

        for (UsageReader reader : List.of(whole, stream, longStream)) {
            assertThat(reader.hasFailed()).isTrue();
            assertError(reader.error(), status, code);
        }
        assertError(ErrorAnswer.inside(bytes), status, code);
    }

    private static void assertError(Optional<ErrorAnswer> error, int status, String code) {
        assertThat(error.map(ErrorAnswer::status)).isEqualTo(status < 0 ? Optional.empty() : Optional.of(status));
        assertThat(error.map(found -> found.text("code")).orElse("")).isEqualTo(code);
    }

    /** OpenRouter says it at the top of a response, so beside the error. */
    @Test
    void wordBesideAnErrorBelongsToIt() {
        String failed = "{\"type\":\"response.failed\",\"response\":{\"error_type\":\"provider_overloaded\","
                + "\"error\":{\"code\":\"server_error\"}}}";

        assertThat(json(failed).error())
                .hasValueSatisfying(
                        error -> assertThat(error.text("error_type")).isEqualTo("provider_overloaded"));
        assertThat(ErrorAnswer.inside(failed.getBytes(StandardCharsets.UTF_8)))
                .hasValueSatisfying(
                        error -> assertThat(error.text("error_type")).isEqualTo("provider_overloaded"));
    }

    /** Its last event repeats the whole answer, and what it was asked. */
    @Test
    void lastEventMayBeLongerThanWhatIsHeld() {
        String event = "data: {\"type\":\"response.completed\",\"response\":{\"instructions\":\"" + "x".repeat(300_000)
                + "\",\"usage\":{\"input_tokens\":4,\"output_tokens\":5}}}";
        for (int step : new int[] {1, 999, 65_536, 1_000_000}) {
            UsageReader reader = read("text/event-stream", event + "\r\n\r\n", step);

            assertThat(reader.usage()).contains(Usage.tokens(4, 5));
            assertThat(reader.isComplete()).isTrue();
            assertThat(((EventStreamReader) reader).held()).isLessThanOrEqualTo(64 << 10);
        }
        assertThat(read("text/event-stream", ":" + event + "\n", 999).usage())
                .as("a comment")
                .isEmpty();
    }

    @Test
    void streamWithAnEventTooLongToBeReadDoesNotTellWhetherItIsOver() {
        String event = "data: {\"type\":\"response.completed\",\"image\":\"" + "x".repeat(1_200_000) + "\"}\n";

        assertThat(stream("data: {}\n").saysWhenComplete()).isTrue();
        assertThat(read("text/event-stream", event, 9_999).saysWhenComplete()).isFalse();
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
