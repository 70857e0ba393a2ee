package io.keycoord.console.batch.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineParserTest {

    @Test
    void aPlainBodyIsSentAsItIs() {
        String body =
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Grüße 🙂\"}],\"temperature\":0.70}";

        assertThat(parse(body)).isEqualTo(new ParsedLine.Request(7, "line-7", body));
    }

    @Test
    void theCustomIdOfAPlainBodyIsCopiedAndNotSent() {
        assertThat(parse("{\"custom_id\":\"a\",\"messages\":[{}]}"))
                .isEqualTo(new ParsedLine.Request(7, "a", "{\"messages\":[{}]}"));
    }

    @Test
    void aBatchLineIsItsBody() {
        String line =
                "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"messages\":[{}]}}";

        assertThat(parse(line)).isEqualTo(new ParsedLine.Request(7, "a", "{\"messages\":[{}]}"));
    }

    @Test
    void streamingIsTakenOff() {
        assertThat(parse("{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"messages\":[{}]}"))
                .isEqualTo(new ParsedLine.Request(7, "line-7", "{\"messages\":[{}]}"));
    }

    @Test
    void numbersKeepTheirDigits() {
        String body = "{\"messages\":[{}],\"top_p\":0.10000000000000000001,\"seed\":123456789012345678901234567890}";

        assertThat(parse(body)).isEqualTo(new ParsedLine.Request(7, "line-7", body));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{                                           | invalid_json      | line-7 | is not JSON",
                "{} {}                                       | invalid_json      | line-7 | is not JSON",
                "{\"messages\":[{}],\"messages\":[{}]}       | invalid_json      | line-7 | Duplicate",
                "nope                                        | invalid_json      | line-7 | nope",
                "[1]                                         | not_an_object     | line-7 | is an array, expected an object",
                "{\"custom_id\":5,\"messages\":[{}]}         | invalid_custom_id | line-7 | custom_id 5",
                "{\"custom_id\":\" \",\"messages\":[{}]}     | invalid_custom_id | line-7 | not blank",
                "{\"custom_id\":\"a\"}                       | missing_messages  | a      | nothing as messages",
                "{\"custom_id\":\"a\",\"messages\":[]}       | missing_messages  | a      | an empty array",
                "{\"custom_id\":\"a\",\"messages\":\"hi\"}   | missing_messages  | a      | \"hi\" as messages",
                "{\"custom_id\":\"a\",\"url\":\"/v1/chat/completions\"}      | missing_body   | a | nothing as body",
                "{\"custom_id\":\"a\",\"body\":null}                         | missing_body   | a | null as body",
                "{\"custom_id\":\"a\",\"body\":{}}                           | missing_messages | a | messages",
                "{\"custom_id\":\"a\",\"method\":\"GET\",\"body\":{}}        | invalid_method | a | \"GET\"",
                "{\"custom_id\":\"a\",\"url\":\"/v1/embeddings\",\"body\":{}} | invalid_url   | a | \"/v1/embeddings\"",
            })
    void aBadLineSaysWhatIsWrongAndWhere(String line, String code, String customId, String hint) {
        ParsedLine.Bad bad = (ParsedLine.Bad) parse(line);

        assertThat(bad.code()).isEqualTo(code);
        assertThat(bad.customId()).isEqualTo(customId);
        assertThat(bad.message()).startsWith("line 7 ").contains(hint);
    }

    @Test
    void brokenUtf8IsABadLine() {
        byte[] line = "{\"messages\":[\"?\"]}".getBytes(StandardCharsets.UTF_8);
        line[14] = (byte) 0xC3;

        assertThat(LineParser.parse(7, line)).isInstanceOf(ParsedLine.Bad.class);
    }

    private static ParsedLine parse(String line) {
        return LineParser.parse(7, line.getBytes(StandardCharsets.UTF_8));
    }
}
