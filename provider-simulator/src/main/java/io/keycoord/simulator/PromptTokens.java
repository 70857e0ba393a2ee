package io.keycoord.simulator;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * How many prompt tokens the simulator bills: a quarter of the characters of all contents, rounded up, four for each
 * message and three for the whole.
 */
public final class PromptTokens {

    private static final int CHARS_PER_TOKEN = 4;
    private static final int PER_MESSAGE = 4;
    private static final int PER_CALL = 3;

    private PromptTokens() {}

    /** For so many messages with so many characters of content in all. */
    public static long of(int messages, long chars) {
        return Durations.ceilDiv(chars, CHARS_PER_TOKEN) + (long) PER_MESSAGE * messages + PER_CALL;
    }

    /** For the {@code messages} array of a body. */
    static long of(JsonNode messages) {
        long chars = 0;
        for (JsonNode message : messages) {
            chars += chars(message.path("content"));
        }
        return of(messages.size(), chars);
    }

    /** For what stands before the messages; none if it is missing. */
    static long ofSystem(JsonNode system) {
        return Durations.ceilDiv(chars(system), CHARS_PER_TOKEN);
    }

    /** For a text, several, or lists of tokens, which count one each. */
    static long ofTexts(JsonNode texts) {
        return Durations.ceilDiv(charsOfTexts(texts), CHARS_PER_TOKEN) + numbers(texts);
    }

    /** For Gemini's contents and what stands before them: a quarter of the characters and no framing. */
    static long ofContents(JsonNode contents, JsonNode system) {
        long chars = chars(system.path("parts"));
        for (JsonNode content : contents) {
            chars += chars(content.path("parts"));
        }
        return Durations.ceilDiv(chars, CHARS_PER_TOKEN);
    }

    private static long charsOfTexts(JsonNode texts) {
        long chars = texts.isTextual() ? texts.textValue().length() : 0;
        for (JsonNode each : texts) {
            chars += each.asText("").length() * (each.isTextual() ? 1L : 0L);
        }
        return chars;
    }

    private static long numbers(JsonNode texts) {
        long numbers = texts.isNumber() ? 1 : 0;
        for (JsonNode each : texts) {
            numbers += numbers(each);
        }
        return numbers;
    }

    private static long chars(JsonNode content) {
        if (content.isTextual()) {
            return content.textValue().length();
        }
        long chars = 0;
        for (JsonNode part : content) {
            chars += part.path("text").asText("").length();
        }
        return chars;
    }
}
