package io.keycoord.config;

import java.util.List;
import java.util.Map;

/** A JSON value that knows its line. */
sealed interface JsonValue {
    int line();

    /** How the value appears in a message. */
    String shown();

    /** Fields keep their order; {@code nameLines} tells the line of each field's name. */
    record Fields(int line, Map<String, JsonValue> values, Map<String, Integer> nameLines) implements JsonValue {
        @Override
        public String shown() {
            return "an object";
        }
    }

    record Elements(int line, List<JsonValue> values) implements JsonValue {
        @Override
        public String shown() {
            return "a list";
        }
    }

    record Text(int line, String value) implements JsonValue {
        @Override
        public String shown() {
            return Shown.text(value);
        }
    }

    /** A number as it is written; nobody has converted it, however long it is. */
    record Digits(int line, String text) implements JsonValue {
        @Override
        public String shown() {
            return text.length() > 40 ? "a number of " + text.length() + " characters" : text;
        }
    }

    /** {@code true}, {@code false} or {@code null}. */
    record Word(int line, String word) implements JsonValue {
        @Override
        public String shown() {
            return word;
        }
    }
}
