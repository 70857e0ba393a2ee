package io.keycoord.console.batch.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchInputTest {
    private static final String BODY = "{\"messages\":[{}]}";

    @TempDir
    Path dir;

    @Test
    void blankLinesAreCountedAndAreNoWork() throws Exception {
        try (BatchInput input = open("\n" + BODY + "\r\n \t\r\n" + BODY)) {
            assertThat(input.size()).isEqualTo(2);
            assertThat(input.line(0)).isEqualTo(new ParsedLine.Request(2, "line-2", BODY));
            assertThat(input.line(1)).isEqualTo(new ParsedLine.Request(4, "line-4", BODY));
            assertThat(input.indexOf(4)).isEqualTo(1);
            assertThat(input.indexOf(3)).isNegative();
        }
    }

    @Test
    void aByteOrderMarkIsSkipped() throws Exception {
        try (BatchInput input = open("\uFEFF" + BODY + "\n")) {
            assertThat(input.line(0)).isEqualTo(new ParsedLine.Request(1, "line-1", BODY));
        }
    }

    @Test
    void theIdentityIsTheDigestOfTheWholeFile() throws Exception {
        try (BatchInput input = open(BODY + "\n")) {
            assertThat(input.identity().bytes()).isEqualTo(BODY.length() + 1);
            assertThat(input.identity().sha256()).matches("[0-9a-f]{64}");
        }
        InputIdentity first;
        try (BatchInput input = open(BODY + "\n")) {
            first = input.identity();
        }
        try (BatchInput input = open(BODY + "\n\n")) {
            assertThat(input.identity().sha256()).isNotEqualTo(first.sha256());
        }
    }

    @Test
    void linesAcrossTheReadersBufferAreWhole() throws Exception {
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            bodies.add("{\"messages\":[\"" + "x".repeat(i * 997) + "\"]}");
        }
        try (BatchInput input = open(String.join("\n", bodies))) {
            for (int i = 0; i < bodies.size(); i++) {
                assertThat(input.line(i)).isEqualTo(new ParsedLine.Request(i + 1, "line-" + (i + 1), bodies.get(i)));
            }
        }
    }

    @Test
    void aLineThatIsTooLongIsBadAndTheNextOneIsNot() throws Exception {
        String tooLong = "{\"messages\":[\"" + "x".repeat(BatchInput.MAX_LINE_BYTES) + "\"]}";
        try (BatchInput input = open(tooLong + "\n" + BODY + "\n")) {
            ParsedLine.Bad bad = (ParsedLine.Bad) input.line(0);
            assertThat(bad.code()).isEqualTo("line_too_long");
            assertThat(bad.message()).startsWith("line 1 is longer than 16777216 bytes");
            assertThat(input.line(1)).isEqualTo(new ParsedLine.Request(2, "line-2", BODY));
        }
    }

    @Test
    void aRepeatedCustomIdIsRefusedWithBothLines() {
        String line = "{\"custom_id\":\"a\",\"messages\":[{}]}\n";

        assertThatThrownBy(() -> open(line + "\n" + BODY + "\n" + line))
                .isInstanceOf(BatchRefusedException.class)
                .hasMessage("the custom_id \"a\" of line 4 is that of line 1 already, expected each once");
    }

    @Test
    void theIdOfALineWithoutOneMayNotBeTakenByAnother() {
        assertThatThrownBy(() -> open("{\"custom_id\":\"line-2\",\"messages\":[{}]}\n" + BODY))
                .isInstanceOf(BatchRefusedException.class)
                .hasMessageContaining("\"line-2\" of line 2 is that of line 1");
    }

    @Test
    void manyCustomIdsAreToldApart() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            lines.append("{\"custom_id\":\"").append(i).append("\",\"messages\":[1]}\n");
        }
        try (BatchInput input = open(lines.toString())) {
            assertThat(input.size()).isEqualTo(20_000);
        }
        assertThatThrownBy(() -> open(lines + "{\"custom_id\":\"13579\",\"messages\":[1]}"))
                .hasMessageContaining("of line 20001 is that of line 13580");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "  \r\n"})
    void anInputWithoutWorkIsRefused(String content) {
        assertThatThrownBy(() -> open(content))
                .isInstanceOf(BatchRefusedException.class)
                .hasMessageContaining("has no line of work");
    }

    @Test
    void aMissingInputIsRefused() {
        assertThatThrownBy(() -> BatchInput.open(dir.resolve("none.jsonl")))
                .isInstanceOf(BatchRefusedException.class)
                .hasMessageContaining("none.jsonl is not a file that can be read");
        assertThatThrownBy(() -> BatchInput.open(dir)).isInstanceOf(BatchRefusedException.class);
    }

    private BatchInput open(String content) throws IOException, BatchRefusedException {
        Path file = dir.resolve("in.jsonl");
        Files.write(file, content.getBytes(StandardCharsets.UTF_8));
        return BatchInput.open(file);
    }
}
