package io.keycoord.console;

/** How a command shows what it found. */
public enum OutputFormat {
    /** Columns for people. */
    TABLE,
    /** One JSON document for programs. */
    JSON
}
