package io.keycoord.console.batch.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One line of the output, in the OpenAI Batch output form. Its {@code id} is its identity: {@code line-<number>}.
 *
 * @param number the number of the input line
 * @param json the line, without line feed
 * @param errorCode the code in {@code error}; empty if the line has a response
 */
public record OutputLine(int number, String json, Optional<String> errorCode) {
    private static final String ID_PREFIX = "line-";
    private static final JsonFactory UNBOUNDED = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * A line with the provider's answer.
     *
     * @param requestId the provider's id of the call; null if it gave none
     * @param body passed on as it is if it is JSON, else as a JSON string
     */
    public static OutputLine answered(
            int number, String customId, int status, @Nullable String requestId, String body) {
        ObjectNode line = line(number, customId);
        ObjectNode response =
                line.putObject("response").put("status_code", status).put("request_id", requestId);
        if (isJson(body)) {
            response.putRawValue("body", new RawValue(onOneLine(body)));
        } else {
            response.put("body", body);
        }
        line.putNull("error");
        return new OutputLine(number, text(line), Optional.empty());
    }

    /** A line that could not be answered, with a machine word and a text for people. */
    public static OutputLine failed(int number, String customId, String code, String message) {
        ObjectNode line = line(number, customId);
        line.putNull("response");
        line.putObject("error").put("code", code).put("message", message);
        return new OutputLine(number, text(line), Optional.of(code));
    }

    /** The number of the input line that an output line with this {@code id} answers; negative if it is none of ours. */
    static int numberOf(String id) {
        if (!id.startsWith(ID_PREFIX)) {
            return -1;
        }
        try {
            return Integer.parseInt(id.substring(ID_PREFIX.length()));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** A parser for lines of any length. */
    static JsonParser parser(byte[] line) throws IOException {
        return UNBOUNDED.createParser(line);
    }

    private static ObjectNode line(int number, String customId) {
        return JSON.createObjectNode().put("id", ID_PREFIX + number).put("custom_id", customId);
    }

    // Line breaks stand only between the tokens of JSON text, so replacing them keeps every value as it is.
    private static String onOneLine(String json) {
        return json.strip().replace('\n', ' ').replace('\r', ' ');
    }

    /** Whether the text is one JSON value. */
    public static boolean isJson(String text) {
        try (JsonParser parser = UNBOUNDED.createParser(text)) {
            if (parser.nextToken() == null) {
                return false;
            }
            parser.skipChildren();
            return parser.nextToken() == null;
        } catch (IOException e) {
            return false;
        }
    }

    private static String text(ObjectNode line) {
        try {
            return JSON.writeValueAsString(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of strings and numbers can be written", e);
        }
    }
}
