package io.keycoord.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * An object of the document while it is read: each read of a field says what is expected there, and {@link #finish}
 * refuses the fields that nobody asked for. Where a field is missing or wrong the answer is empty, and what is wrong
 * has been noted.
 */
final class Section {
    final Place place;
    final Mistakes mistakes;
    private final JsonValue.Fields fields;
    private final Set<String> known = new LinkedHashSet<>();
    private final Set<String> unsupported = new TreeSet<>();

    Section(JsonValue.Fields fields, Place place, Mistakes mistakes) {
        this.fields = fields;
        this.place = place;
        this.mistakes = mistakes;
    }

    /** The section of a value, if it is an object. */
    static Optional<Section> of(JsonValue value, Place place, Mistakes mistakes) {
        if (value instanceof JsonValue.Fields fields) {
            return Optional.of(new Section(fields, place, mistakes));
        }
        mistakes.wrong(place, value.shown(), "an object");
        return Optional.empty();
    }

    boolean has(String name) {
        return fields.values().containsKey(name);
    }

    /** Where a field stands; if it is missing, where it would. */
    Place at(String name) {
        JsonValue value = fields.values().get(name);
        return place.field(name, value == null ? place.line() : value.line());
    }

    Optional<JsonValue> value(String name) {
        known.add(name);
        return Optional.ofNullable(fields.values().get(name));
    }

    /** The value of a field that must be there. */
    Optional<JsonValue> required(String name, String expected) {
        Optional<JsonValue> value = value(name);
        if (value.isEmpty()) {
            mistakes.add(at(name), "is missing, expected " + expected);
        }
        return value;
    }

    Optional<String> text(String name, String expected) {
        return value(name).flatMap(value -> asText(value, name, expected));
    }

    Optional<String> requiredText(String name, String expected) {
        return required(name, expected).flatMap(value -> asText(value, name, expected));
    }

    Optional<Long> whole(String name, Ranges.Whole range) {
        return parsed(name, range::expected, value -> asWhole(value).filter(range::holds));
    }

    Optional<Double> share(String name) {
        return parsed(
                name,
                () -> BreakerConfig.RATE_EXPECTED,
                value -> asDouble(value).filter(BreakerConfig::isShare));
    }

    /** A duration within a range. */
    Optional<Duration> duration(String name, Ranges.Span range) {
        return duration(name).filter(read -> {
            if (!range.holds(read)) {
                mistakes.wrong(at(name), Shown.text(Durations.written(read)), range.expected());
            }
            return range.holds(read);
        });
    }

    Optional<Duration> duration(String name) {
        return parsed(
                name,
                () -> Durations.EXPECTED,
                value -> value instanceof JsonValue.Text text ? Durations.parse(text.value()) : Optional.empty());
    }

    /** One of the words of a choice. */
    <T> Optional<T> choice(String name, Choice<T> choice) {
        return parsed(
                name,
                choice::expected,
                value -> value instanceof JsonValue.Text text ? choice.parse(text.value()) : Optional.empty());
    }

    Optional<Section> section(String name) {
        return value(name).flatMap(value -> of(value, at(name), mistakes));
    }

    /** The objects in a list; an element that is none is noted and left out. */
    List<Section> sections(String name) {
        List<Section> sections = new ArrayList<>();
        value(name).ifPresent(value -> {
            if (value instanceof JsonValue.Elements elements) {
                addSections(elements, at(name), sections);
            } else {
                mistakes.wrong(at(name), value.shown(), "a list of objects");
            }
        });
        return sections;
    }

    /** Whether a field is missing, or a list without elements. */
    boolean isEmpty(String name) {
        JsonValue value = fields.values().get(name);
        return value == null
                || (value instanceof JsonValue.Elements list && list.values().isEmpty());
    }

    /** Names fields that a later version will know; they are refused as such. */
    void refuse(String... names) {
        unsupported.addAll(List.of(names));
    }

    /** Refuses the fields that nobody asked for. */
    void finish() {
        fields.nameLines().forEach((name, line) -> {
            if (unsupported.contains(name)) {
                mistakes.add(place.field(name, line), "is not supported by this version");
            } else if (!known.contains(name)) {
                mistakes.add(
                        place.onLine(line),
                        "has the unknown field " + Shown.text(name) + ", expected one of " + String.join(", ", known));
            }
        });
    }

    private void addSections(JsonValue.Elements elements, Place list, List<Section> sections) {
        for (int i = 0; i < elements.values().size(); i++) {
            JsonValue element = elements.values().get(i);
            of(element, list.element(i, element.line()), mistakes).ifPresent(sections::add);
        }
    }

    private <T> Optional<T> parsed(String name, Supplier<String> expected, Function<JsonValue, Optional<T>> parser) {
        return value(name).flatMap(value -> {
            Optional<T> result = parser.apply(value);
            if (result.isEmpty()) {
                mistakes.wrong(at(name), value.shown(), expected.get());
            }
            return result;
        });
    }

    private Optional<String> asText(JsonValue value, String name, String expected) {
        if (value instanceof JsonValue.Text text) {
            return Optional.of(text.value());
        }
        mistakes.wrong(at(name), value.shown(), expected);
        return Optional.empty();
    }

    private static Optional<Long> asWhole(JsonValue value) {
        return value instanceof JsonValue.Digits number && number.text().matches("-?\\d{1,18}")
                ? Optional.of(Long.parseLong(number.text()))
                : Optional.empty();
    }

    private static Optional<Double> asDouble(JsonValue value) {
        return value instanceof JsonValue.Digits number
                ? Optional.of(Double.parseDouble(number.text()))
                : Optional.empty();
    }
}
