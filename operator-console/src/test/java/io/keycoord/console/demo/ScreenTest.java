package io.keycoord.console.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ScreenTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String written() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aBlockReplacesTheOneBefore() {
        Screen screen = new Screen(out, true);

        screen.draw("one\ntwo\n");
        screen.draw("three\n");

        assertThat(written()).isEqualTo("one\ntwo\n\u001b[2A\u001b[Jthree\n");
    }

    @Test
    void aLineStaysAboveTheNextBlock() {
        Screen screen = new Screen(out, true);

        screen.draw("one\n");
        screen.print("note");
        screen.draw("two\n");

        assertThat(written()).isEqualTo("one\n\u001b[1A\u001b[Jnote\ntwo\n");
    }

    @Test
    void linesAloneNeedNoControlCharacters() {
        Screen screen = new Screen(out, false);

        screen.print("one");
        screen.print("two\n");

        assertThat(written()).isEqualTo("one\ntwo\n");
    }
}
