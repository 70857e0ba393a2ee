package io.keycoord.integration.faults;

import java.util.Locale;

/** A line that tells what was measured. */
final class Figure {
    /** Runs take long, and prove more. */
    static final boolean LONG = Boolean.getBoolean("keycoord.long");

    private Figure() {}

    @SuppressWarnings("AnnotateFormatMethod") // It would need a dependency for one annotation.
    static void print(String what, String format, Object... values) {
        System.out.println("figure: " + what + ": " + String.format(Locale.ROOT, format, values));
    }
}
