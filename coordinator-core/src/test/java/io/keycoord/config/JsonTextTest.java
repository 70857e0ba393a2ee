package io.keycoord.config;

import static io.keycoord.config.Configs.mistakes;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class JsonTextTest {

    @ParameterizedTest
    @MethodSource
    void syntaxErrorsHaveLineAndColumn(String json, int line, int column, String what) {
        assertThat(mistakes(json))
                .first()
                .isEqualTo("line " + line + ": the document is not JSON: column " + column + ": " + what);
    }

    static Stream<Arguments> syntaxErrorsHaveLineAndColumn() {
        String bracket = "; a comma too many, a value missing, or another bracket open";
        String text = "unexpected text; texts and names stand in double quotes, with commas between";
        return Stream.of(
                Arguments.of("{\"pools\": [}", 1, 12, "unexpected '}'" + bracket),
                Arguments.of("{\"pools\": [\n  1,]}", 2, 5, "unexpected ']'" + bracket),
                Arguments.of("{\n  // why\n}", 2, 3, "unexpected '/'; comments are not allowed"),
                Arguments.of("# why\n{}", 1, 1, "unexpected '#'; comments are not allowed"),
                Arguments.of("{'pools': 1}", 1, 2, text),
                Arguments.of("{pools: 1}", 1, 2, text),
                Arguments.of("{\"a\": 1 \"b\": 2}", 1, 9, "unexpected '\"'; a comma or a colon is missing before it"),
                Arguments.of("{\"a\": ,}", 1, 7, "unexpected ','; a value or a name is missing before it"),
                Arguments.of(
                        "{\"a\": \"x", 1, 9, "the text ends too early, expected its remaining quotes and brackets"),
                Arguments.of(
                        "{\"a\": \"x\n\"}", 1, 9, "unexpected end of line; a text ends on the line on which it begins"),
                Arguments.of("{\"a\": NaN}", 1, 10, "NaN and Infinity are not numbers of JSON"),
                Arguments.of("{\"a\": 007}", 1, 8, text),
                Arguments.of("{\"a\": 1} x", 1, 10, text),
                Arguments.of("[".repeat(60), 1, 34, TOO_LARGE),
                Arguments.of("[" + "1".repeat(1_001) + "]", 1, 1_003, TOO_LARGE));
    }

    private static final String TOO_LARGE = "a text, a name or a number is too long, or more than 32 brackets are open";

    @Test
    void aSecondDocumentIsAMistake() {
        String one = Configs.documentWithKey("{\"id\": \"k\", \"secret\": \"env:K\"}");
        assertThat(mistakes(one + "\n{}")).containsExactly("line 6: the document has more text after its end");
    }

    @Test
    void valuesKnowTheirLines() {
        Mistakes mistakes = new Mistakes();
        JsonValue value = JsonText.read("{\"a\":\r\n  [1,\n\n true]}", mistakes).orElseThrow();
        JsonValue.Fields fields = (JsonValue.Fields) value;
        JsonValue.Elements list =
                (JsonValue.Elements) fields.values().values().iterator().next();
        assertThat(fields.nameLines()).containsEntry("a", 1);
        assertThat(list.line()).isEqualTo(2);
        assertThat(list.values()).extracting(JsonValue::line).containsExactly(2, 4);
    }
}
