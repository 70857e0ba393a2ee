package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    Path folder;

    @Test
    void printsItsUrlAndServes() throws IOException {
        Path file = config(
                "{\"accounts\":[{\"id\":\"a\",\"keys\":[{\"id\":\"k\",\"secret\":\"" + Caller.SECRET + "\"}]}]}");

        try (ProviderSimulator provider =
                run("--config", file.toString(), "--port", "0").orElseThrow()) {
            assertThat(text(out)).isEqualTo("Provider simulator at " + provider.baseUrl() + System.lineSeparator());
            assertThat(Caller.chat(provider, Caller.body(5)).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void wrongUseGetsOneClearLine() throws IOException {
        Path wrong = config("{\"accounts\":[],\"oops\":1}");
        Path empty = config("{}");

        assertRefused("--config is missing; usage: ");
        assertRefused("'--confg' is no option; usage: ", "--confg", "x");
        assertRefused("--config has no value; usage: ", "--config");
        assertRefused("--config is '/no/such/file', expected a readable file", "--config", "/no/such/file");
        assertRefused(empty + ": accounts is empty, expected at least one account", "--config", empty.toString());
        assertRefused(wrong + ": ", "--config", wrong.toString());
        assertRefused("--config is missing", "--port", "x");
    }

    @Test
    void wrongPortIsNamed() throws IOException {
        Path file = config("{\"accounts\":[{\"id\":\"a\",\"keys\":[{\"id\":\"k\",\"secret\":\"s\"}]}]}");

        assertRefused("--port is 'x', expected 0 to 65535", "--config", file.toString(), "--port", "x");
        assertRefused("port is 65536, expected 0 to 65535", "--config", file.toString(), "--port", "65536");
    }

    @Test
    void helpIsGiven() {
        assertThat(run("--help")).isEmpty();
        assertThat(text(out)).startsWith("usage: --config FILE");
        assertThat(text(err)).isEmpty();
    }

    private void assertRefused(String message, String... args) {
        err.reset();
        assertThat(run(args)).isEmpty();
        assertThat(text(err)).startsWith("simulator: " + message).hasLineCount(1);
    }

    private Optional<ProviderSimulator> run(String... args) {
        return Main.start(
                args,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private Path config(String json) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "config", ".json"), json);
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
