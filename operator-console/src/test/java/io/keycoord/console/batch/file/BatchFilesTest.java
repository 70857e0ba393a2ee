package io.keycoord.console.batch.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchFilesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path dir;

    private Path in = Path.of("");
    private Path out = Path.of("");

    @BeforeEach
    void fourLinesOfInput() throws IOException {
        in = dir.resolve("in.jsonl");
        out = dir.resolve("out.jsonl");
        Files.writeString(in, "{\"messages\":[1]}\n\n{\"messages\":[3]}\n{\"messages\":[4]}\n{\"messages\":[5]}\n");
    }

    @Test
    void answersHaveTheBatchOutputForm() throws Exception {
        try (BatchFiles files = open()) {
            files.append(OutputLine.answered(1, "line-1", 200, "req-1", "{\"a\": 1.50,\n \"b\":\"x\\ny\"}"));
            files.append(OutputLine.answered(3, "line-3", 400, null, "<html>"));
            files.append(OutputLine.failed(4, "line-4", "http_503", "gave up"));
        }

        assertThat(Files.readAllLines(out))
                .containsExactly(
                        "{\"id\":\"line-1\",\"custom_id\":\"line-1\",\"response\":{\"status_code\":200,"
                                + "\"request_id\":\"req-1\",\"body\":{\"a\": 1.50,  \"b\":\"x\\ny\"}},\"error\":null}",
                        "{\"id\":\"line-3\",\"custom_id\":\"line-3\",\"response\":{\"status_code\":400,"
                                + "\"request_id\":null,\"body\":\"<html>\"},\"error\":null}",
                        "{\"id\":\"line-4\",\"custom_id\":\"line-4\",\"response\":null,"
                                + "\"error\":{\"code\":\"http_503\",\"message\":\"gave up\"}}");
    }

    @Test
    void aRunGoesOnWhereTheLastOneEnded() throws Exception {
        try (BatchFiles files = open()) {
            files.append(answer(3));
            assertThat(files.nextOpen(0)).isZero();
            assertThat(files.nextOpen(1)).isEqualTo(2);
        }
        try (BatchFiles files = open()) {
            assertThat(files.resumed()).isEqualTo(1);
            assertThat(remaining(files)).containsExactly(1, 4, 5);
        }
    }

    @Test
    void fromEveryPrefixOfAnOutputEachLineIsWrittenOnce() throws Exception {
        try (BatchFiles files = open()) {
            for (int number : new int[] {4, 1, 5, 3}) {
                files.append(number == 5 ? OutputLine.failed(5, "é", "c", "m") : answer(number));
            }
        }
        byte[] whole = Files.readAllBytes(out);

        for (int length = 0; length <= whole.length; length++) {
            Files.write(out, Arrays.copyOf(whole, length));
            try (BatchFiles files = open()) {
                for (int number : remaining(files)) {
                    files.append(answer(number));
                }
                assertThat(files.done()).isEqualTo(4);
            }
            assertThat(ids())
                    .as("after %d bytes", length)
                    .containsExactlyInAnyOrder("line-1", "line-3", "line-4", "line-5");
        }
    }

    @Test
    void aTornLastLineIsCut() throws Exception {
        try (BatchFiles files = open()) {
            files.append(answer(1));
            files.append(answer(3));
        }
        byte[] whole = Files.readAllBytes(out);
        Files.write(out, Arrays.copyOf(whole, whole.length - 5));

        open().close();

        assertThat(ids()).containsExactly("line-1");
        assertThat(Files.readString(out)).endsWith("\n");
    }

    @Test
    void theSameLineIsNotWrittenTwice() throws Exception {
        try (BatchFiles files = open()) {
            files.append(answer(1));

            assertThatThrownBy(() -> files.append(answer(1))).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> files.append(answer(2)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("expected a line of the input");
        }
        assertThat(ids()).containsExactly("line-1");
    }

    @Test
    void anotherInputIsRefusedAndTheOutputKept() throws Exception {
        try (BatchFiles files = open()) {
            files.append(answer(1));
        }
        byte[] before = Files.readAllBytes(out);
        Files.writeString(in, "{\"messages\":[9]}\n");

        assertThatThrownBy(this::open)
                .isInstanceOf(BatchRefusedException.class)
                .hasMessageContaining("out.jsonl has answers to another input (sha256 ")
                .hasMessageContaining(" 17 bytes)");
        assertThat(Files.readAllBytes(out)).isEqualTo(before);
    }

    @Test
    void anOutputThatWasRemovedBelongsToNoInput() throws Exception {
        try (BatchFiles files = open()) {
            files.append(answer(1));
        }
        Files.delete(out);
        Files.writeString(in, "{\"messages\":[9]}\n");

        try (BatchFiles files = open()) {
            assertThat(files.resumed()).isZero();
        }
    }

    @Test
    void aFileThatIsNoOutputOfABatchIsRefusedAndKept() throws Exception {
        Files.writeString(out, "precious\n");

        assertThatThrownBy(this::open)
                .isInstanceOf(BatchRefusedException.class)
                .hasMessageContaining("was not written by a batch");
        assertThat(out).hasContent("precious");
        assertThat(dir.resolve("out.jsonl.keycoord")).doesNotExist();
    }

    @Test
    void aForeignLineInTheOutputIsRefusedWithItsPlace() throws Exception {
        try (BatchFiles files = open()) {
            files.append(answer(1));
        }
        String first = Files.readString(out);
        for (String foreign : List.of("garbage", "{\"id\":\"line-2\"}", "{\"id\":\"line-9\"}", "[]", "{}", "")) {
            Files.writeString(out, first + foreign + "\n");

            assertThatThrownBy(this::open)
                    .as(foreign)
                    .isInstanceOf(BatchRefusedException.class)
                    .hasMessageContaining("line 2 of the output ");
            assertThat(out).hasContent(first + foreign + "\n");
        }
        Files.writeString(out, first + first);
        assertThatThrownBy(this::open).hasMessageContaining("repeats line 1");
    }

    @Test
    void anOutputIsHeldByOneBatchAtATime() throws Exception {
        try (BatchFiles files = open()) {
            assertThatThrownBy(this::open)
                    .isInstanceOf(BatchRefusedException.class)
                    .hasMessageContaining("is being written by another keycoord batch");
            files.append(answer(1));
        }
        open().close();
    }

    @Test
    void linesWithAnErrorAreTakenOffToBeAskedAgain() throws Exception {
        try (BatchFiles files = open()) {
            files.append(OutputLine.failed(1, "line-1", "http_503", "m"));
            files.append(answer(3));
            files.append(OutputLine.answered(4, "line-4", 400, null, "{\"error\":{\"code\":\"bad\"}}"));
        }
        try (BatchFiles files = open()) {
            assertThat(files.failures()).isEqualTo(Map.of("http_503", 1));
        }
        try (BatchFiles files = BatchFiles.open(in, out, true)) {
            assertThat(files.failures()).isEmpty();
            assertThat(remaining(files)).containsExactly(1, 5);
            files.append(answer(1));
        }
        assertThat(ids()).containsExactly("line-3", "line-4", "line-1");
        assertThat(dir.resolve("out.jsonl.keycoord.tmp")).doesNotExist();
    }

    @Test
    void theStateFileNamesTheInput() throws Exception {
        try (BatchFiles files = open()) {
            files.append(answer(1));
        }
        JsonNode state = JSON.readTree(Files.readString(dir.resolve("out.jsonl.keycoord")));

        assertThat(state.path("input_sha256").asText()).hasSize(64);
        assertThat(state.path("input_bytes").asLong()).isEqualTo(Files.size(in));
    }

    @Test
    void aTornStateFileIsRefusedUnlessThereIsNothingToLose() throws Exception {
        try (BatchFiles files = open()) {
            files.append(answer(1));
        }
        Files.writeString(dir.resolve("out.jsonl.keycoord"), "{\"form");

        assertThatThrownBy(this::open).isInstanceOf(BatchRefusedException.class).hasMessageContaining("does not tell");

        Files.write(out, new byte[0]);
        open().close();
    }

    @Test
    void outputsThatCannotBeAreRefused() throws Exception {
        assertThatThrownBy(() -> BatchFiles.open(in, in, false)).hasMessageContaining("is the input");
        assertThatThrownBy(() -> BatchFiles.open(in, dir, false)).hasMessageContaining("is not a file");
        assertThatThrownBy(() -> BatchFiles.open(in, dir.resolve("none/out"), false))
                .isInstanceOf(BatchRefusedException.class)
                .hasMessageContaining("folder of the output");
        assertThat(dir.toFile().list()).containsExactly("in.jsonl");
    }

    private BatchFiles open() throws IOException, BatchRefusedException {
        return BatchFiles.open(in, out, false);
    }

    private static OutputLine answer(int number) {
        return OutputLine.answered(
                number, "line-" + number, 200, "r", "{\"text\":\"Grüße {\\\"id\\\":\\\"line-9\\\"}\"}");
    }

    private static List<Integer> remaining(BatchFiles files) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = files.nextOpen(0); i < files.input().size(); i = files.nextOpen(i + 1)) {
            numbers.add(files.input().number(i));
        }
        return numbers;
    }

    private List<String> ids() throws IOException {
        List<String> ids = new ArrayList<>();
        for (String line : Files.readAllLines(out)) {
            ids.add(JSON.readTree(line).path("id").asText());
        }
        return ids;
    }
}
