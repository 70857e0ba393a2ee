package io.keycoord.sdk;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The fields of one request's body that matter for limits, gathered while parsing. */
final class RequestFields {
    private static final long TOKENS_PER_FILE = 1_000;
    private static final long TOKENS_PER_MESSAGE = 4;
    private static final long TOKENS_PER_CONVERSATION = 3;
    private static final int LONG_BLOB = 1_024;

    private final TokenEstimate input = new TokenEstimate();
    private @Nullable String model;
    private long most = -1;
    private long copies = 1;

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
            case "generationConfig", "generation_config" -> generation(parser, value);
            case "messages" -> {
                input.tokens(TOKENS_PER_CONVERSATION);
                prompt(parser, value, true);
            }
            case "input", "prompt", "system", "instructions", "contents", "systemInstruction", "system_instruction" ->
                prompt(parser, value, false);
            case "tools", "functions", "response_format", "text", "documents", "query" -> raw(parser);
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
                case "maxOutputTokens" -> most = Math.max(most, count(parser, found));
                case "candidateCount" -> copies = Math.max(copies, count(parser, found));
                default -> parser.skipChildren();
            }
        }
    }

    /** Texts by their characters, files by a fixed cost, numbers (which are tokens already) by one each. */
    private void prompt(JsonParser parser, JsonToken first, boolean messages) throws IOException {
        int depth = 0;
        JsonToken token = first;
        do {
            if (token.isStructStart()) {
                depth++;
                if (messages && depth == 2 && token == JsonToken.START_OBJECT) {
                    input.tokens(TOKENS_PER_MESSAGE);
                }
            } else if (token.isStructEnd()) {
                depth--;
            } else if (token == JsonToken.VALUE_STRING) {
                string(parser.currentName(), parser.getText());
            } else if (token.isNumeric()) {
                input.tokens(1);
            }
            token = depth == 0 ? null : parser.nextToken();
        } while (token != null);
    }

    private void string(@Nullable String field, String value) {
        if ("role".equals(field) || "type".equals(field)) {
            return;
        }
        boolean blob = "data".equals(field) || "file_data".equals(field);
        if (value.startsWith("data:") || (blob && value.length() > LONG_BLOB)) {
            input.tokens(TOKENS_PER_FILE);
        } else {
            input.text(value);
        }
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

    void unreadable(long length) {
        input.characters(length);
    }

    Optional<String> model() {
        return Optional.ofNullable(model);
    }

    long inputTokens() {
        return input.total();
    }

    long outputTokens(long unlessNamed) {
        long each = most >= 0 ? most : unlessNamed;
        return copies > 1 && each > Long.MAX_VALUE / copies ? Long.MAX_VALUE : each * Math.max(1, copies);
    }
}
