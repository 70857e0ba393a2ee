package io.keycoord.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFieldTest {
    private static String replaced(String body) {
        return new String(ModelField.replaced(bytes(body), "b/\"2\""), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String body) {
        return body.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void onlyTheFieldAtTheTopIsReplacedAndAllElseKept() {
        String body =
                "{ \"x\":1.50, \"t\":\"\\u00e9é😀\",\"m\":{\"model\":\"in\"},\n \"model\" :\t\"a\\u002f1\" ,\"l\":[{\"model\":\"in\"}]}\n";

        assertThat(replaced(body)).isEqualTo(body.replace("\"a\\u002f1\"", "\"b/\\\"2\\\"\""));
        assertThat(ModelField.isIn(bytes(body))).isTrue();
    }

    @Test
    void longNamesAndRepeatedFieldsAreReplaced() {
        String body = "{\"model\":\"" + "x".repeat(20_000) + "\",\"y\":\"" + "z".repeat(50_000) + "\",\"model\":\"\"}";

        assertThat(replaced(body))
                .isEqualTo(
                        "{\"model\":\"b/\\\"2\\\"\",\"y\":\"" + "z".repeat(50_000) + "\",\"model\":\"b/\\\"2\\\"\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[\"model\"]",
                "{\"model\":7}",
                "{\"models\":[\"a\"]}",
                "{\"model\":\"a\"",
                "{\"model\":\"a\",x}"
            })
    void bodyWithoutTheFieldStaysAsItIs(String body) {
        assertThat(ModelField.isIn(bytes(body))).isFalse();
        assertThat(replaced(body)).isEqualTo(body);
    }

    @Test
    void bodyInAnotherEncodingStaysAsItIs() {
        assertThat(ModelField.isIn("{\"model\":\"a\"}".getBytes(StandardCharsets.UTF_16BE)))
                .isFalse();
    }
}
