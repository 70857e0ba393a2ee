package io.keycoord.console;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Whether a stream of this process is a terminal. Java cannot tell for one stream alone; {@code test -t} can. */
public final class Terminal {
    private Terminal() {}

    /** Whether standard error is a terminal that understands control characters. */
    public static boolean isStandardError() {
        return isTerminal(2);
    }

    /** Whether standard output is a terminal that understands control characters. */
    public static boolean isStandardOutput() {
        return isTerminal(1);
    }

    private static boolean isTerminal(int descriptor) {
        String term = System.getenv("TERM");
        if (term == null || term.equals("dumb")) {
            return false;
        }
        try {
            Process test = new ProcessBuilder("sh", "-c", "test -t " + descriptor)
                    .inheritIO()
                    .start();
            return test.waitFor(2, TimeUnit.SECONDS) && test.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
