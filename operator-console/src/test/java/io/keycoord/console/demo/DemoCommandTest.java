package io.keycoord.console.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.console.ExitCode;
import io.keycoord.console.cli.Main;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class DemoCommandTest {
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        CommandLine line = Main.commandLine();
        line.setErr(new PrintWriter(err, true));
        line.setOut(new PrintWriter(new StringWriter(), true));
        return line.execute(args);
    }

    @Test
    void aWrongFlagIsOneLineAndNothingIsStarted() {
        assertThat(run("demo", "--workers", "1")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).isEqualTo("keycoord demo: --workers is 1, expected a whole number from 2 to 16\n");
    }

    @Test
    void aMalformedRedisUrlIsNotRepeated() {
        assertThat(run("demo", "--redis", "redis://:pass word@host")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains("--redis")
                .doesNotContain("pass word")
                .hasLineCount(1);
    }

    @Test
    void aRedisThatDoesNotAnswerIsSaid() {
        assertThat(run("demo", "--redis", "redis://127.0.0.1:1")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--redis does not answer").hasLineCount(1);
    }

    @Test
    void theHelpNamesEveryFlag() {
        assertThat(run("demo", "--help")).isZero();
    }
}
