package io.keycoord.sdk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.async.ByteArrayFeeder;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks through one JSON text of an answer as it passes, a whole body or one event of a stream, for what it says of
 * itself: its counts, its end and its error, in the words of every provider. It holds no more than one string of a
 * megabyte. A list counts like its elements, for some stream their answers as one.
 */
final class AnswerScan {
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(1 << 20)
                    .maxNestingDepth(200)
                    .build())
            // Not of the standard, but what is written where a probability is nought.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            // Of UTF-8 alone, whole as in pieces.
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .build();

    private static final Set<String> COUNTS = Set.of("usage", "usageMetadata", "message.usage", "response.usage");
    private static final Set<String> INPUT_DETAILS = COUNTS.stream()
            .flatMap(place -> Stream.of(place + ".prompt_tokens_details", place + ".input_tokens_details"))
            .collect(Collectors.toUnmodifiableSet());
    private static final Set<String> ERRORS = Set.of("error", "response.error", "choices.error");
    private static final Set<String> LAST = Set.of("message_stop", "response.completed", "response.incomplete");
    private static final Set<String> FAILED = Set.of("error", "response.failed", "response.error");
    private static final int DEEPEST = 5;
    private static final int LONGEST = 1_000;
    private static final int MOST_FIELDS = 50;

    /** What an error says that stands at the top, and what tells that a response is one. */
    private static final Set<String> TOP = Set.of("type", "object", "status", "code", "message", "error_type");

    /** What tells of an end or an error elsewhere. */
    private static final Set<String> TELLING = Set.of("error_type", "finish_reason", "finishReason", "blockReason");

    private final UsageFields counts;

    /** Of a text that comes in pieces. */
    private @Nullable JsonParser pieces;

    /** Where the structures that are open stand: the names of fields, joined by dots. */
    private final List<String> places = new ArrayList<>();

    private final ObjectNode top = JsonNodeFactory.instance.objectNode();
    private @Nullable ObjectNode error;
    private boolean whole;
    private boolean unreadable;
    private boolean malformed;
    private boolean last;
    private boolean failed;

    /** {@code counts} takes what the text tells of tokens and cost. */
    AnswerScan(UsageFields counts) {
        this.counts = counts;
    }

    /** The next bytes; those behind the end, or behind a mistake, are ignored. */
    void read(byte[] bytes, int offset, int count) {
        if (unreadable || whole) {
            return;
        }
        guarded(() -> {
            JsonParser parser = parserOfPieces();
            ((ByteArrayFeeder) parser.getNonBlockingInputFeeder()).feedInput(bytes, offset, offset + count);
            see(parser);
            if (whole) {
                parser.close();
            }
        });
    }

    /** The whole text, or what there is of it: the same as {@link #read} of all bytes, and quicker. To be called instead of it. */
    void readAll(byte[] bytes, int offset, int count) {
        guarded(() -> {
            try (JsonParser parser = JSON.createParser(bytes, offset, count)) {
                see(parser);
            }
        });
    }

    private JsonParser parserOfPieces() throws IOException {
        JsonParser known = pieces;
        if (known == null) {
            known = JSON.createNonBlockingByteArrayParser();
            pieces = known;
        }
        return known;
    }

    private interface Reading {
        void read() throws IOException;
    }

    private void guarded(Reading reading) {
        try {
            reading.read();
        } catch (JsonEOFException e) {
            // Cut off, which is no mistake.
            unreadable = true;
        } catch (JsonParseException e) {
            unreadable = true;
            malformed = true;
        } catch (IOException | RuntimeException e) {
            unreadable = true;
        }
    }

    private void see(JsonParser parser) throws IOException {
        for (JsonToken t = parser.nextToken(); t != null && t != JsonToken.NOT_AVAILABLE; t = parser.nextToken()) {
            see(parser, t);
        }
    }

    private void see(JsonParser parser, JsonToken token) throws IOException {
        if (token.isStructStart()) {
            enter(token, place(parser.getParsingContext().getParent().getCurrentName()));
        } else if (token.isStructEnd()) {
            places.remove(places.size() - 1);
            whole = places.isEmpty();
        } else if (token.isScalarValue() && places.size() <= DEEPEST) {
            scalar(parser, token, places.isEmpty() ? "" : places.get(places.size() - 1), parser.currentName());
            whole = places.isEmpty();
        }
    }

    /** Where the value of a field stands, or of an element of a list, which has no name. */
    private String place(@Nullable String name) {
        String outer = places.isEmpty() ? "" : places.get(places.size() - 1);
        if (name == null || places.size() > DEEPEST) {
            return outer;
        }
        return outer.isEmpty() ? name : outer + "." + name;
    }

    private void enter(JsonToken token, String place) {
        places.add(place);
        if (token == JsonToken.START_OBJECT && ERRORS.contains(place) && error == null) {
            failed = true;
            error = JsonNodeFactory.instance.objectNode();
        }
    }

    private void scalar(JsonParser parser, JsonToken token, String place, @Nullable String name) throws IOException {
        if (name == null) {
            return;
        }
        if (token.isNumeric()) {
            number(place, name, parser.getDoubleValue());
        } else if (token == JsonToken.VALUE_STRING && isTelling(place, name)) {
            text(place, name, cut(parser.getText()));
        }
    }

    /** Whether a text is worth being made; most of an answer are words for the caller. */
    private static boolean isTelling(String place, String name) {
        return place.isEmpty() ? TOP.contains(name) : ERRORS.contains(place) || TELLING.contains(name);
    }

    private void number(String place, String name, double value) {
        if (COUNTS.contains(place)) {
            counts.takeNumber(name, value);
        } else if (INPUT_DETAILS.contains(place)) {
            counts.takeInputDetail(name, value);
        } else if (place.isEmpty() && name.equals("code")) {
            top.put(name, (long) value);
        } else {
            ofError(place).ifPresent(found -> found.put(name, (long) value));
        }
    }

    private Optional<ObjectNode> ofError(String place) {
        return Optional.ofNullable(error).filter(found -> ERRORS.contains(place) && found.size() < MOST_FIELDS);
    }

    private void text(String place, String name, String value) {
        if (place.isEmpty()) {
            top(name, value);
            last |= name.equals("type") && LAST.contains(value);
            failed |= name.equals("type") && FAILED.contains(value);
        } else if (ERRORS.contains(place)) {
            ofError(place).ifPresent(found -> found.put(name, value));
        } else if (name.equals("error_type") && place.equals("response")) {
            top.put(name, value);
        } else if (name.equals("finish_reason") && place.equals("choices")) {
            failed |= value.equals("error");
            last |= !value.isEmpty() && !value.equals("error") && !value.equals("null");
        } else {
            last |= name.equals("finishReason") && place.equals("candidates");
            last |= name.equals("blockReason") && place.equals("promptFeedback");
        }
    }

    private void top(String name, String value) {
        if (TOP.contains(name)) {
            top.put(name, value);
        }
    }

    private static String cut(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST);
    }

    /** Whether the text was there from its beginning to its end. */
    boolean isWhole() {
        return whole;
    }

    /** Whether it has given up, so that nothing is held any more. */
    boolean isUnreadable() {
        return unreadable;
    }

    /** Whether it is no JSON. */
    boolean isMalformed() {
        return malformed;
    }

    /** Whether an event says that the answer is over. */
    boolean isLast() {
        return last;
    }

    /** Whether it tells of a failure, though its status may say otherwise. */
    boolean hasFailed() {
        boolean failedResponse = top.path("object").asText("").equals("response")
                && top.path("status").asText("").equals("failed");
        return failed || failedResponse;
    }

    /** What the error says, as far as numbers and words go; empty if that is nothing. */
    Optional<ErrorAnswer> error() {
        ObjectNode found = error == null ? top : error;
        if (!hasFailed()) {
            return Optional.empty();
        }
        if (error != null && top.has("error_type") && !error.has("error_type")) {
            error.set("error_type", top.get("error_type"));
        }
        return ErrorAnswer.embedded(found);
    }
}
