package io.keycoord.console;

/** What the exit code of a command tells a script. */
public final class ExitCode {
    /** All is well. */
    public static final int OK = 0;
    /** The command ran, and not all of it succeeded. */
    public static final int FAILED = 1;
    /** A flag, an argument or a file is wrong; nothing was done. */
    public static final int USAGE = 2;
    /** Ended by Ctrl-C or SIGTERM. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}
}
