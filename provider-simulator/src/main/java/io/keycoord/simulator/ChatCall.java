package io.keycoord.simulator;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * A chat completion as asked for. The same body always gets the same completion.
 *
 * @param includeUsage whether {@code stream_options.include_usage} was set
 * @param completionTokens what the answer will have, 1 to {@code maxTokens} and at most 32,768
 */
record ChatCall(
        String model, long promptTokens, int maxTokens, boolean stream, boolean includeUsage, int completionTokens) {

    private static final int LONGEST_ANSWER = 32_768;
    private static final int MOST_TOKENS = 1_000_000;

    /** The body is no chat completion; the message is for the caller. */
    static final class BadCall extends Exception {
        BadCall(String message) {
            super(message);
        }
    }

    static ChatCall parse(String body, int defaultMaxTokens) throws BadCall {
        JsonNode json = read(body);
        JsonNode messages = json.path("messages");
        require(json.path("model").isTextual(), "'model' is missing, expected a string");
        require(messages.isArray() && !messages.isEmpty(), "'messages' is missing or empty, expected an array");
        int maxTokens = maxTokens(json, defaultMaxTokens);
        return new ChatCall(
                json.path("model").textValue(),
                PromptTokens.of(messages),
                maxTokens,
                json.path("stream").asBoolean(false),
                json.path("stream_options").path("include_usage").asBoolean(false),
                1 + new SplittableRandom(hash(body)).nextInt(Math.min(maxTokens, LONGEST_ANSWER)));
    }

    /** A call as Anthropic wants it: with its version, and with the most tokens said. */
    static ChatCall parseMessages(HttpRequest request) throws BadCall {
        require(request.header("anthropic-version").isPresent(), "anthropic-version: header is required");
        JsonNode json = read(request.body());
        require(json.hasNonNull("max_tokens"), "max_tokens: Field required");
        ChatCall call = parse(request.body(), 1);
        long system = PromptTokens.ofSystem(json.path("system"));
        return new ChatCall(
                call.model, call.promptTokens + system, call.maxTokens, call.stream, true, call.completionTokens);
    }

    /** What the call is charged at admission. */
    long asked() {
        return promptTokens + maxTokens;
    }

    /** What it really uses. */
    long used() {
        return promptTokens + completionTokens;
    }

    private static int maxTokens(JsonNode json, int otherwise) throws BadCall {
        String field = json.hasNonNull("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        require(
                value.isIntegralNumber()
                        && value.canConvertToInt()
                        && value.intValue() >= 1
                        && value.intValue() <= MOST_TOKENS,
                "'" + field + "' is " + value + ", expected a whole number from 1 to " + MOST_TOKENS);
        return value.intValue();
    }

    private static JsonNode read(String body) throws BadCall {
        try {
            JsonNode json = Json.MAPPER.readTree(body);
            require(json != null && json.isObject(), "the body is no JSON object");
            return json;
        } catch (JacksonException e) {
            throw new BadCall("the body is no JSON");
        }
    }

    private static void require(boolean holds, String message) throws BadCall {
        if (!holds) {
            throw new BadCall(message);
        }
    }

    private static long hash(String body) {
        CRC32C crc = new CRC32C();
        crc.update(body.getBytes(StandardCharsets.UTF_8));
        return crc.getValue();
    }
}
