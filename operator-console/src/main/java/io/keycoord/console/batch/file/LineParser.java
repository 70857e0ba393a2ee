package io.keycoord.console.batch.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Set;

/**
 * Reads an input line: a chat completion request as it is, or a line of the OpenAI Batch form, which has {@code body},
 * {@code method} or {@code url}. Streaming is taken off, because the answer is one line. Safe for use by many threads.
 */
final class LineParser {
    private static final Set<String> URLS =
            Set.of("/v1/chat/completions", "/chat/completions", "/api/v1/chat/completions");

    // Numbers are sent on with the digits they came with.
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private LineParser() {}

    /** The custom_id of a line that brings none. */
    static String defaultCustomId(int number) {
        return "line-" + number;
    }

    static ParsedLine tooLong(int number, int maxBytes) {
        return bad(number, defaultCustomId(number), "line_too_long", "is longer than " + maxBytes + " bytes");
    }

    static ParsedLine parse(int number, byte[] line) {
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return bad(number, defaultCustomId(number), "invalid_json", "is not JSON: " + reason(e));
        } catch (IOException e) {
            return bad(number, defaultCustomId(number), "invalid_json", "is not JSON in UTF-8");
        }
        if (!(node instanceof ObjectNode object)) {
            return bad(number, defaultCustomId(number), "not_an_object", "is " + kind(node) + ", expected an object");
        }
        return parse(number, object);
    }

    private static ParsedLine parse(int number, ObjectNode line) {
        JsonNode given = line.remove("custom_id");
        if (given != null && (!given.isTextual() || given.textValue().isBlank())) {
            String found = "has the custom_id " + abbreviated(given) + ", expected a string that is not blank";
            return bad(number, defaultCustomId(number), "invalid_custom_id", found);
        }
        String customId = given == null ? defaultCustomId(number) : given.textValue();
        boolean batchForm = line.has("body") || line.has("method") || line.has("url");
        return batchForm ? batchLine(number, customId, line) : request(number, customId, line);
    }

    private static ParsedLine batchLine(int number, String customId, ObjectNode line) {
        JsonNode method = line.path("method");
        if (!method.isMissingNode() && !method.asText().equals("POST")) {
            String found = "has the method " + abbreviated(method) + ", expected \"POST\"";
            return bad(number, customId, "invalid_method", found);
        }
        JsonNode url = line.path("url");
        if (!url.isMissingNode() && !URLS.contains(url.asText())) {
            String found = "has the url " + abbreviated(url) + ", expected \"/v1/chat/completions\"";
            return bad(number, customId, "invalid_url", found);
        }
        if (!(line.path("body") instanceof ObjectNode body)) {
            String found = "has " + kind(line.path("body")) + " as body, expected an object";
            return bad(number, customId, "missing_body", found);
        }
        return request(number, customId, body);
    }

    private static ParsedLine request(int number, String customId, ObjectNode body) {
        JsonNode messages = body.path("messages");
        if (!messages.isArray() || messages.isEmpty()) {
            String found = "has " + kind(messages) + " as messages, expected an array of at least one message";
            return bad(number, customId, "missing_messages", found);
        }
        body.remove("stream");
        body.remove("stream_options");
        return new ParsedLine.Request(number, customId, body.toString());
    }

    private static ParsedLine.Bad bad(int number, String customId, String code, String what) {
        return new ParsedLine.Bad(number, customId, code, "line " + number + " " + what);
    }

    private static String reason(JsonProcessingException e) {
        String column =
                e.getLocation() == null ? "" : ", column " + e.getLocation().getColumnNr();
        return e.getOriginalMessage().lines().findFirst().orElse("malformed") + column;
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case MISSING -> "nothing";
            case NULL -> "null";
            case ARRAY -> node.isEmpty() ? "an empty array" : "an array";
            case OBJECT -> "an object";
            default -> abbreviated(node);
        };
    }

    private static String abbreviated(JsonNode node) {
        String text = node.toString();
        return text.length() <= 60 ? text : text.substring(0, 57) + "…";
    }
}
