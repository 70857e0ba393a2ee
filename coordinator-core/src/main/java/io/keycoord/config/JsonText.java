package io.keycoord.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads strict JSON into values that know their lines. The parser's own messages are not passed on: they quote the
 * document, and so perhaps a secret.
 */
final class JsonText {
    private static final int DEEPEST = 32;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNumberLength(1_000)
                    .maxStringLength(100_000)
                    .maxNameLength(1_000)
                    .build())
            .build();

    private final JsonParser parser;
    private final Place start;
    private final Mistakes mistakes;

    private JsonText(JsonParser parser, Place start, Mistakes mistakes) {
        this.parser = parser;
        this.start = start;
        this.mistakes = mistakes;
    }

    /** Reads a document; empty if it is not JSON, which is then the last mistake added. */
    static Optional<JsonValue> read(String json, Mistakes mistakes) {
        return read(json, Place.document(1), mistakes);
    }

    /** Reads a document that begins at a place. */
    static Optional<JsonValue> read(String json, Place start, Mistakes mistakes) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            return new JsonText(parser, start, mistakes).document(json);
        } catch (IOException e) {
            throw new IllegalStateException("a text in memory cannot be read", e);
        }
    }

    private Optional<JsonValue> document(String json) throws IOException {
        try {
            JsonToken first = parser.nextToken();
            if (first == null) {
                mistakes.add(start, "is empty, expected {\"pools\": [...]}");
                return Optional.empty();
            }
            JsonValue value = value(first, start.onLine(line()));
            if (parser.nextToken() != null) {
                mistakes.add(start.onLine(line()), "has more text after its end");
            }
            return Optional.of(value);
        } catch (JsonProcessingException e) {
            JsonLocation where = e.getLocation() == null ? parser.currentLocation() : e.getLocation();
            mistakes.add(
                    start.onLine(start.line() - 1 + where.getLineNr()), "is not JSON: " + described(e, where, json));
            return Optional.empty();
        }
    }

    private JsonValue value(@Nullable JsonToken token, Place place) throws IOException {
        if (token == JsonToken.START_OBJECT) {
            return fields(place);
        }
        if (token == JsonToken.START_ARRAY) {
            return elements(place);
        }
        String text = parser.getText();
        if (token == JsonToken.VALUE_STRING) {
            return new JsonValue.Text(place.line(), text);
        }
        boolean number = token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
        return number ? new JsonValue.Digits(place.line(), text) : new JsonValue.Word(place.line(), text);
    }

    private JsonValue fields(Place place) throws IOException {
        Map<String, JsonValue> values = new LinkedHashMap<>();
        Map<String, Integer> nameLines = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            int nameLine = line();
            JsonToken token = parser.nextToken();
            JsonValue value = value(token, place.field(name, line()));
            Integer before = nameLines.putIfAbsent(name, nameLine);
            if (before == null) {
                values.put(name, value);
            } else {
                mistakes.add(
                        place.onLine(nameLine),
                        "has the field " + Shown.text(name) + " twice, first on line " + before);
            }
        }
        return new JsonValue.Fields(place.line(), values, nameLines);
    }

    private JsonValue elements(Place place) throws IOException {
        List<JsonValue> values = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            values.add(value(token, place.element(values.size(), line())));
        }
        return new JsonValue.Elements(place.line(), values);
    }

    private int line() {
        return start.line() - 1 + parser.currentTokenLocation().getLineNr();
    }

    private static String described(JsonProcessingException e, JsonLocation where, String json) {
        String at = "column " + where.getColumnNr() + ": ";
        if (e instanceof JsonEOFException) {
            return at + "the text ends too early, expected its remaining quotes and brackets";
        }
        if (e instanceof StreamConstraintsException) {
            return at + "a text, a name or a number is too long, or more than " + DEEPEST + " brackets are open";
        }
        if (e.getOriginalMessage().startsWith("Non-standard token")) {
            return at + "NaN and Infinity are not numbers of JSON";
        }
        long offset = where.getCharOffset();
        return at + (offset >= 0 && offset < json.length() ? hint(json.charAt((int) offset)) : "unexpected text");
    }

    private static String hint(char found) {
        return switch (found) {
            case '/', '#' -> "unexpected '" + found + "'; comments are not allowed";
            case '}', ']' -> "unexpected '" + found + "'; a comma too many, a value missing, or another bracket open";
            case '"', '{', '[' -> "unexpected '" + found + "'; a comma or a colon is missing before it";
            case ',', ':' -> "unexpected '" + found + "'; a value or a name is missing before it";
            case '\n', '\r' -> "unexpected end of line; a text ends on the line on which it begins";
            default -> "unexpected text; texts and names stand in double quotes, with commas between";
        };
    }
}
