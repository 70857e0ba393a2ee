package io.keycoord.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Collects what is wrong with a document, so that one reading tells all of it. */
final class Mistakes {
    private final List<Mistake> found = new ArrayList<>();

    /** Adds a sentence that begins with the name of the place: {@code what} is its rest. */
    void add(Place place, String what) {
        found.add(new Mistake(place.file(), place.line(), place.name() + " " + what));
    }

    void wrong(Place place, String shown, String expected) {
        add(place, "is " + shown + ", expected " + expected);
    }

    /**
     * The value, if nothing is wrong so far: what was read after a mistake holds stand-ins, and is dropped in the end.
     */
    <T> Optional<T> ifNone(Supplier<T> value) {
        return found.isEmpty() ? Optional.of(value.get()) : Optional.empty();
    }

    /** In the order of the document, then of each file of keys. */
    List<String> lines() {
        return found.stream()
                .sorted(Comparator.comparing(Mistake::file).thenComparingInt(Mistake::line))
                .map(Mistake::told)
                .toList();
    }

    private record Mistake(String file, int line, String text) {
        String told() {
            return (file.isEmpty() ? "" : Shown.text(file) + " ") + "line " + line + ": " + text;
        }
    }
}
