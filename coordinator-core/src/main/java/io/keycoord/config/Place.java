package io.keycoord.config;

import java.util.regex.Pattern;

/**
 * A place in a configuration document.
 *
 * @param path such as {@code pools[0].accounts[2].id}; empty for the document itself
 * @param line counted from 1
 */
record Place(String path, int line) {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]{1,60}");

    Place field(String name, int fieldLine) {
        boolean plain = PLAIN.matcher(name).matches() && !Shown.mayBeSecret(name);
        String shown = plain ? name : "(" + Shown.text(name) + ")";
        return new Place(path.isEmpty() ? shown : path + "." + shown, fieldLine);
    }

    Place element(int index, int elementLine) {
        return new Place(path + "[" + index + "]", elementLine);
    }

    /** For sentences: what this place is called. */
    String name() {
        return path.isEmpty() ? "the document" : path;
    }
}
