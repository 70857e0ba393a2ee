package io.keycoord.sdk;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The field {@code model} at the top of a JSON body. All else of a body stays as it is, byte by byte. */
public final class ModelField {
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** From the first quote of a value to behind its last. */
    private record Place(int from, int to) {}

    private ModelField() {}

    /** Whether {@code body} has the field, as a text. */
    public static boolean isIn(byte[] body) {
        return !places(body).isEmpty();
    }

    /** The body with another model; the same, if it has no such field. */
    public static byte[] replaced(byte[] body, String model) {
        ByteArrayOutputStream changed = new ByteArrayOutputStream(body.length + model.length());
        int copied = 0;
        for (Place place : places(body)) {
            changed.write(body, copied, place.from - copied);
            changed.write('"');
            changed.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(model));
            changed.write('"');
            copied = place.to;
        }
        changed.write(body, copied, body.length - copied);
        return changed.toByteArray();
    }

    /** Where the values stand; several only if the field is there several times. None of a body that is no JSON in UTF-8. */
    private static List<Place> places(byte[] body) {
        List<Place> places = new ArrayList<>();
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return List.of();
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean model = parser.currentName().equals("model");
                if (parser.nextToken() == JsonToken.VALUE_STRING && model) {
                    int from = (int) parser.currentTokenLocation().getByteOffset();
                    parser.finishToken();
                    places.add(new Place(from, (int) parser.currentLocation().getByteOffset()));
                }
                parser.skipChildren();
            }
            boolean whole = parser.currentToken() == JsonToken.END_OBJECT;
            return whole && places.stream().allMatch(place -> isQuoted(body, place)) ? places : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static boolean isQuoted(byte[] body, Place place) {
        return place.from >= 0
                && place.to - place.from >= 2
                && place.to <= body.length
                && body[place.from] == '"'
                && body[place.to - 1] == '"';
    }
}
