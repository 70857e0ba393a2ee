package io.keycoord.sdk.provider;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A value in a file of rules that knows its place. What is not as expected is refused with a {@link RulesException}.
 *
 * @param file the file's name
 * @param path such as {@code rules[2].match.status}; empty for the whole file
 * @param value what stands there
 */
record Part(String file, String path, JsonNode value) {
    private static final int SHOWN = 60;

    /** That the value is another than expected. */
    RulesException wrong(String expected) {
        String shown = value.toString();
        String cut = shown.length() <= SHOWN ? shown : shown.substring(0, SHOWN) + "…";
        return new RulesException(name() + " is " + cut + ", expected " + expected);
    }

    private String name() {
        return file + ": " + (path.isEmpty() ? "the file" : path);
    }

    /** An object with no other fields than these. */
    Part fields(Set<String> known) {
        if (!value.isObject()) {
            throw wrong("an object");
        }
        for (var field : value.properties()) {
            if (!known.contains(field.getKey())) {
                throw new RulesException(name() + " has the unknown field \"" + field.getKey() + "\", expected one of "
                        + known.stream().sorted().collect(Collectors.joining(", ")));
            }
        }
        return this;
    }

    /** A field that may be missing. */
    Optional<Part> field(String name) {
        return Optional.ofNullable(value.get(name)).map(node -> at(name, node));
    }

    /** A field that has to be there. */
    Part needed(String name, String expected) {
        return field(name)
                .orElseThrow(
                        () -> new RulesException(name() + " lacks the field \"" + name + "\", expected " + expected));
    }

    /** The fields of an object, whatever they are called, of which there is at least one. */
    List<Part> anyFields(String expected) {
        if (!value.isObject() || value.isEmpty()) {
            throw wrong(expected);
        }
        return value.properties().stream()
                .map(field -> at(field.getKey(), field.getValue()))
                .toList();
    }

    private Part at(String name, JsonNode node) {
        return new Part(file, path.isEmpty() ? name : path + "." + name, node);
    }

    /** The same with another name for its place. */
    Part called(String other) {
        return new Part(file, other, value);
    }

    /** The last step of its path. */
    String key() {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /** The elements of a list, of which there is at least one. */
    List<Part> elements(String expected) {
        if (value.isEmpty()) {
            throw wrong(expected);
        }
        return list(expected);
    }

    /** The elements of a list. */
    List<Part> list(String expected) {
        if (!value.isArray()) {
            throw wrong(expected);
        }
        List<Part> elements = new ArrayList<>();
        value.forEach(node -> elements.add(new Part(file, path + "[" + elements.size() + "]", node)));
        return elements;
    }

    String text(Predicate<String> fits, String expected) {
        if (!value.isTextual() || !fits.test(value.textValue())) {
            throw wrong(expected);
        }
        return value.textValue();
    }

    /** At least one text that is not empty. */
    List<String> texts(Predicate<String> fits, String expected) {
        return elements(expected).stream()
                .map(part -> part.text(fits, expected))
                .toList();
    }

    /** Only {@code true}: what does not hold is left out. */
    boolean isTrue() {
        if (!value.isBoolean() || !value.booleanValue()) {
            throw wrong("true, or no such field");
        }
        return true;
    }

    /** A constant of an enumeration, written like {@code block-models}. */
    <E extends Enum<E>> E word(Class<E> words) {
        return Arrays.stream(words.getEnumConstants())
                .filter(constant -> written(constant).equals(value.textValue()))
                .findFirst()
                .orElseThrow(() -> wrong("one of "
                        + Stream.of(words.getEnumConstants()).map(Part::written).collect(Collectors.joining(", "))));
    }

    private static String written(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
