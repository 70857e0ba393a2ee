package io.keycoord.config;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place in a configuration document. Its path is made when somebody asks: most places are never named.
 *
 * @param parent what it is in; null for the document, or for a line of a file of keys
 * @param step the name of a field, or the index of an element in brackets; of a line the name of its file
 * @param line counted from 1
 */
record Place(@Nullable Place parent, String step, int line) {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]{1,60}|\\[[0-9]+]");

    static Place document(int line) {
        return new Place(null, "", line);
    }

    /** A line of a file of keys: a document of its own. */
    static Place line(String file, int line) {
        return new Place(null, file, line);
    }

    Place field(String name, int fieldLine) {
        return new Place(this, name, fieldLine);
    }

    Place element(int index, int elementLine) {
        return new Place(this, "[" + index + "]", elementLine);
    }

    Place onLine(int other) {
        return new Place(parent, step, other);
    }

    /** Such as {@code pools[0].accounts[2].id}; empty for the document itself. */
    String path() {
        if (parent == null) {
            return "";
        }
        boolean plain = PLAIN.matcher(step).matches() && !Shown.mayBeSecret(step);
        String shown = plain ? step : "(" + Shown.text(step) + ")";
        String before = parent.path();
        return before.isEmpty() || shown.startsWith("[") ? before + shown : before + "." + shown;
    }

    /** The file of keys that it is in, as the configuration names it; empty for the configuration itself. */
    String file() {
        Place root = this;
        while (root.parent != null) {
            root = root.parent;
        }
        return root.step;
    }

    /** For sentences: what this place is called. */
    String name() {
        if (parent != null) {
            return path();
        }
        return step.isEmpty() ? "the document" : "the line";
    }

    /** For sentences: how somebody finds it who is elsewhere. */
    String whereabouts() {
        return path() + " on line " + line + (file().isEmpty() ? "" : " of " + Shown.text(file()));
    }
}
