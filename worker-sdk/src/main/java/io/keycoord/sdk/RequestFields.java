package io.keycoord.sdk;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The fields of one request's body that matter for limits, gathered while parsing. */
final class RequestFields {
    private static final long TOKENS_PER_FILE = 1_000;
    private static final long TOKENS_PER_MESSAGE = 4;
    private static final long TOKENS_PER_CONVERSATION = 3;
    private static final int LONG_BLOB = 1_024;

    /** What a prompt says of itself, which the model does not see, or only as framing. */
    private static final Set<String> NO_TEXT =
            Set.of("role", "type", "media_type", "mimeType", "mime_type", "id", "status", "detail", "format");

    /** Where the contents of a file may stand as text. */
    private static final Set<String> BLOBS = Set.of("data", "file_data", "bytes");

    /** What names a file that lies elsewhere. */
    private static final Set<String> FILES =
            Set.of("image_url", "file_id", "file_url", "fileUri", "file_uri", "fileId", "s3Location");

    /** Of which objects {@code url} names one. */
    private static final Set<String> HOLDERS_OF_URLS = Set.of("image_url", "video_url", "source");

    private final TokenEstimate input;
    private final boolean generates;
    private @Nullable String model;
    private long most = -1;
    private long copies = 1;
    private long prompts = 1;

    /** {@code generates}: whether the call is answered by tokens, so that its prompt is a conversation. */
    RequestFields(TokenEstimate input, boolean generates) {
        this.input = input;
        this.generates = generates;
    }

    /** Reads the top object, the start of which was just read. */
    void read(JsonParser parser) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            field(parser, name, value);
        }
    }

    private void field(JsonParser parser, String name, JsonToken value) throws IOException {
        switch (name) {
            case "model" -> model(parser, value);
            case "models" -> models(parser, value);
            case "max_tokens", "max_completion_tokens", "max_output_tokens" ->
                most = Math.max(most, count(parser, value));
            case "n", "best_of" -> copies = Math.max(copies, count(parser, value));
            case "generationConfig", "generation_config", "inferenceConfig" -> generation(parser, value);
            case "messages" -> prompt(parser, value, true);
            case "input" -> prompt(parser, value, generates);
            case "prompt" -> prompts = Math.max(1, prompt(parser, value, false));
            case "system",
                    "instructions",
                    "contents",
                    "content",
                    "requests",
                    "suffix",
                    "systemInstruction",
                    "system_instruction" -> prompt(parser, value, false);
            case "tools", "functions", "response_format", "text", "documents", "query", "toolConfig" -> raw(parser);
            default -> parser.skipChildren();
        }
    }

    private void model(JsonParser parser, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING) {
            model = parser.getText();
        }
        parser.skipChildren();
    }

    /** The first of a list of fallbacks, if there is no model of its own. */
    private void models(JsonParser parser, JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return;
        }
        for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY && t != null; t = parser.nextToken()) {
            if (t == JsonToken.VALUE_STRING && model == null) {
                model = parser.getText();
            }
            parser.skipChildren();
        }
    }

    private static long count(JsonParser parser, JsonToken value) throws IOException {
        if (value.isNumeric()) {
            return (long) parser.getDoubleValue();
        }
        parser.skipChildren();
        return -1;
    }

    private void generation(JsonParser parser, JsonToken value) throws IOException {
        if (value != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken found = parser.nextToken();
            switch (name) {
                case "maxOutputTokens", "max_output_tokens", "maxTokens" -> most = Math.max(most, count(parser, found));
                case "candidateCount", "candidate_count" -> copies = Math.max(copies, count(parser, found));
                default -> parser.skipChildren();
            }
        }
    }

    /**
     * Texts by their characters, files by a fixed cost, numbers (which are tokens already) by one each; and how many texts,
     * or lists of numbers, stand beside each other.
     */
    private long prompt(JsonParser parser, JsonToken first, boolean conversation) throws IOException {
        if (conversation) {
            input.tokens(TOKENS_PER_CONVERSATION + (first == JsonToken.VALUE_STRING ? TOKENS_PER_MESSAGE : 0));
        }
        long elements = 0;
        int depth = 0;
        JsonToken token = first;
        do {
            elements += depth == 1 && (token.isStructStart() || token == JsonToken.VALUE_STRING) ? 1 : 0;
            if (token.isStructStart()) {
                depth++;
                if (conversation && depth == 2 && token == JsonToken.START_OBJECT) {
                    input.tokens(TOKENS_PER_MESSAGE);
                }
            } else if (token.isStructEnd()) {
                depth--;
            } else if (token == JsonToken.VALUE_STRING) {
                string(parser, parser.currentName(), parser.getText());
            } else if (token.isNumeric()) {
                input.tokens(1);
            }
            token = depth == 0 ? null : parser.nextToken();
        } while (token != null);
        return elements;
    }

    private void string(JsonParser parser, @Nullable String field, String value) {
        if (field != null && NO_TEXT.contains(field)) {
            return;
        }
        if (value.startsWith("data:") || (field != null && isFile(parser, field, value))) {
            input.tokens(TOKENS_PER_FILE);
        } else {
            input.text(value);
        }
    }

    private static boolean isFile(JsonParser parser, String field, String value) {
        if (BLOBS.contains(field)) {
            return value.length() > LONG_BLOB && value.chars().limit(LONG_BLOB).noneMatch(RequestFields::isProse);
        }
        return FILES.contains(field)
                || (field.equals("url")
                        && HOLDERS_OF_URLS.contains(String.valueOf(
                                parser.getParsingContext().getParent().getCurrentName())));
    }

    /** Whether the character is in no base64. */
    private static boolean isProse(int character) {
        return character == ' ' || character > '~';
    }

    private void raw(JsonParser parser) throws IOException {
        long start = parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        if (parser.currentToken().isScalarValue()) {
            input.text(parser.getText());
        } else {
            input.characters(Math.max(0, parser.currentLocation().getByteOffset() - start));
        }
    }

    Optional<String> model() {
        return Optional.ofNullable(model);
    }

    /** As much as is allowed for each text that is asked for. */
    long outputTokens(long unlessNamed) {
        long each = most >= 0 ? most : unlessNamed;
        long texts = Math.max(1, copies) * Math.min(prompts, Integer.MAX_VALUE);
        return texts > 1 && each > Long.MAX_VALUE / texts ? Long.MAX_VALUE : each * texts;
    }
}
