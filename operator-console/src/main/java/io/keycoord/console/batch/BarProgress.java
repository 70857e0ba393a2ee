package io.keycoord.console.batch;

import java.io.PrintStream;

/** A bar on one line of a terminal, drawn again and again. */
final class BarProgress implements Progress {
    private static final int WIDTH = 24;
    private static final String START_OF_LINE_CLEARED = "\r\u001B[K";

    private final PrintStream out;
    // guarded by this
    private String drawn = "";

    BarProgress(PrintStream out) {
        this.out = out;
    }

    @Override
    public synchronized void show(Snapshot now) {
        int full = now.total() == 0 ? WIDTH : (int) ((long) WIDTH * now.done() / now.total());
        drawn = "[" + "#".repeat(full) + "-".repeat(WIDTH - full) + "] " + PlainProgress.line(now);
        out.print(START_OF_LINE_CLEARED + drawn);
        out.flush();
    }

    @Override
    public synchronized void note(String text) {
        out.print(START_OF_LINE_CLEARED + text + System.lineSeparator() + drawn);
        out.flush();
    }

    @Override
    public synchronized void end() {
        if (!drawn.isEmpty()) {
            out.println();
            drawn = "";
        }
    }
}
