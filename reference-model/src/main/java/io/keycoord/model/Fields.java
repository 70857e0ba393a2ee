package io.keycoord.model;

import java.util.Map;
import java.util.TreeMap;

/** A hash as Redis would show it: absent fields read as 0 or as the empty text. */
final class Fields {
    private final Map<String, String> values = new TreeMap<>();

    long number(String name) {
        String value = text(name);
        return value.isEmpty() ? 0 : Long.parseLong(value);
    }

    String text(String name) {
        return values.getOrDefault(name, "");
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    void set(String name, long value) {
        values.put(name, Long.toString(value));
    }

    void set(String name, String value) {
        values.put(name, value);
    }

    void remove(String name) {
        values.remove(name);
    }

    int size() {
        return values.size();
    }

    Map<String, String> dump() {
        return new TreeMap<>(values);
    }
}
