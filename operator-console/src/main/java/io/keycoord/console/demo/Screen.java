package io.keycoord.console.demo;

import java.io.PrintStream;

/**
 * Where the demo shows itself: a block of lines that is drawn again in place on a terminal, elsewhere single lines. Safe
 * for use by many threads.
 */
final class Screen {
    private final PrintStream out;
    private final boolean terminal;
    private int drawn; // guarded by this

    Screen(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    boolean isTerminal() {
        return terminal;
    }

    /** Draws the block in place of the one before. */
    synchronized void draw(String block) {
        erase();
        out.print(block);
        out.flush();
        drawn = (int) block.chars().filter(c -> c == '\n').count();
    }

    /** A line, or several, that stay; above the block. */
    synchronized void print(String lines) {
        erase();
        out.print(lines.endsWith("\n") ? lines : lines + "\n");
        out.flush();
    }

    private void erase() {
        if (drawn > 0) {
            out.print("\u001b[" + drawn + "A\u001b[J");
            drawn = 0;
        }
    }
}
