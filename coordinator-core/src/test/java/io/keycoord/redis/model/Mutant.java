package io.keycoord.redis.model;

/**
 * A script or module with one small mistake.
 *
 * @param file {@code acquire} or {@code lib/limit}
 * @param line counted from 1
 * @param code the line as it was, without blanks at its ends
 * @param change what was done to it
 * @param text the whole file with the mistake
 */
record Mutant(String file, int line, String code, String change, String text) {

    /** What tells it from all others as long as the line itself does not change. */
    String name() {
        return file + " | " + code + " | " + change;
    }

    @Override
    public String toString() {
        return file + ".lua:" + line + " | " + code + " | " + change;
    }
}
