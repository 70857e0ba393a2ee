package io.keycoord.simulator;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The fields of one JSON object, read strictly: a field that nobody asked for is an error. Errors name the path, the
 * value and what was expected. For one thread.
 */
final class Fields {

    private final String path;
    private final JsonNode object;
    private final Set<String> asked = new HashSet<>();

    private Fields(String path, JsonNode object) {
        this.path = path;
        this.object = object;
        // The value may be a secret in the wrong place.
        require(object.isObject(), () -> (path.isEmpty() ? "the whole" : path) + " is no object, expected one");
    }

    /** Reads a text that is one object and nothing else. */
    static <T> T read(String json, Function<Fields, T> reader) {
        JsonNode tree;
        try {
            tree = Json.MAPPER.readTree(json);
        } catch (JacksonException e) {
            // The parser's own message quotes the text, which may hold a secret.
            throw new IllegalArgumentException(
                    "not valid JSON, or a field given twice, at line "
                            + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr(),
                    e);
        }
        return read("", tree, reader);
    }

    private static <T> T read(String path, JsonNode node, Function<Fields, T> reader) {
        Fields fields = new Fields(path, node);
        T value = fields.at("", () -> reader.apply(fields));
        node.fieldNames()
                .forEachRemaining(name -> require(
                        fields.asked.contains(name),
                        () -> fields.path(name) + " is no known field, expected one of "
                                + fields.asked.stream().sorted().toList()));
        return value;
    }

    Optional<String> text(String name) {
        return field(name).map(node -> {
            require(
                    node.isTextual(),
                    () -> path(name) + " is " + (name.equals("secret") ? "no text" : node) + ", expected a text");
            return node.textValue();
        });
    }

    String requiredText(String name) {
        return required(name, text(name));
    }

    Optional<Long> whole(String name) {
        return field(name).map(node -> {
            require(
                    node.isIntegralNumber() && node.canConvertToLong(),
                    () -> path(name) + " is " + node + ", expected a whole number");
            return node.longValue();
        });
    }

    Optional<Integer> integer(String name) {
        return whole(name).map(value -> {
            require(value == value.intValue(), () -> path(name) + " is " + value + ", expected less than 2^31");
            return value.intValue();
        });
    }

    Optional<Double> decimal(String name) {
        return field(name).map(node -> {
            require(node.isNumber(), () -> path(name) + " is " + node + ", expected a number");
            return node.doubleValue();
        });
    }

    Optional<Duration> duration(String name) {
        return text(name).map(text -> at(name, () -> Durations.parse(text)));
    }

    /** One of {@code choices}, by any of its words. */
    <E> Optional<E> choice(String name, E[] choices, Function<E, List<String>> words) {
        return text(name)
                .map(text -> Arrays.stream(choices)
                        .filter(choice -> words.apply(choice).contains(text))
                        .findFirst()
                        .orElseThrow(() -> new Located(path(name) + " is '" + text
                                + "', expected one of "
                                + Arrays.stream(choices)
                                        .map(choice -> words.apply(choice).get(0))
                                        .toList())));
    }

    <T> Optional<T> object(String name, Function<Fields, T> reader) {
        return field(name).map(node -> read(path(name), node, reader));
    }

    <T> List<T> objects(String name, Function<Fields, T> reader) {
        List<T> values = new ArrayList<>();
        for (JsonNode node : array(name)) {
            values.add(read(path(name) + "[" + values.size() + "]", node, reader));
        }
        return values;
    }

    Optional<List<String>> texts(String name) {
        if (field(name).isEmpty()) {
            return Optional.empty();
        }
        List<String> values = new ArrayList<>();
        for (JsonNode node : array(name)) {
            require(node.isTextual(), () -> path(name) + " holds " + node + ", expected texts");
            values.add(node.textValue());
        }
        return Optional.of(values);
    }

    boolean isText(String name) {
        return object.path(name).isTextual();
    }

    <T> T required(String name, Optional<T> value) {
        return value.orElseThrow(() -> new Located(path(name) + " is missing"));
    }

    /** Runs a reader whose errors do not know where they are. */
    <T> T at(String name, Supplier<T> reader) {
        try {
            return reader.get();
        } catch (Located e) {
            throw e;
        } catch (IllegalArgumentException e) {
            Located located = new Located((name.isEmpty() && path.isEmpty() ? "" : path(name) + ": ") + e.getMessage());
            located.initCause(e);
            throw located;
        }
    }

    /** An error that says where. */
    private static final class Located extends IllegalArgumentException {
        Located(String message) {
            super(message);
        }
    }

    private Optional<JsonNode> field(String name) {
        asked.add(name);
        JsonNode node = object.path(name);
        return node.isMissingNode() || node.isNull() ? Optional.empty() : Optional.of(node);
    }

    private static void require(boolean holds, Supplier<String> message) {
        if (!holds) {
            throw new Located(message.get());
        }
    }

    private JsonNode array(String name) {
        JsonNode node = field(name).orElseGet(Json.MAPPER::createArrayNode);
        require(node.isArray(), () -> path(name) + " is " + node.getNodeType() + ", expected an array");
        return node;
    }

    private String path(String name) {
        return path.isEmpty() || name.isEmpty() ? path + name : path + "." + name;
    }
}
