package io.keycoord.console;

/** The system property that the logging configuration reads, here and in worker JVMs. */
public final class LogLevel {
    public static final String PROPERTY = "keycoord.log.level";

    private LogLevel() {}
}
