package io.keycoord.simulator;

import static io.keycoord.simulator.BadCall.require;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/** Reads calls, each as its endpoint wants it. Safe for use by many threads. */
final class CallReader {

    private static final int LONGEST_ANSWER = 32_768;
    private static final int MOST_TOKENS = 1_000_000;
    private static final int MOST_TEXTS = 2_048;

    private final int defaultMaxTokens;

    CallReader(int defaultMaxTokens) {
        this.defaultMaxTokens = defaultMaxTokens;
    }

    /** Reads a call, or says what is wrong with it. */
    ChatCall read(Served served, HttpRequest request) throws BadCall {
        JsonNode json = read(request.body());
        require(!served.model().isEmpty() || json.path("model").isTextual(), "'model' is missing, expected a string");
        return switch (served.skin()) {
            case CHAT -> chat(served, request.body(), json);
            case TEXT -> text(served, request.body(), json);
            case EMBEDDINGS -> embeddings(served, request.body(), json);
            case RESPONSES -> responses(served, request.body(), json);
            case MESSAGES -> messages(served, request, json);
            case CONTENTS -> contents(served, request.body(), json);
        };
    }

    private ChatCall chat(Served served, String body, JsonNode json) throws BadCall {
        requireMessages(json);
        String most = json.hasNonNull("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
        return call(served, body, json, PromptTokens.of(json.path("messages")), maxTokens(json, most), 1);
    }

    private ChatCall text(Served served, String body, JsonNode json) throws BadCall {
        JsonNode prompt = json.path("prompt");
        int texts = texts("prompt", prompt) * copies(json);
        require(texts <= MOST_TEXTS, "more than " + MOST_TEXTS + " texts are asked for");
        int most = (int) Math.min(MOST_TOKENS, (long) texts * maxTokens(json, "max_tokens"));
        return call(served, body, json, PromptTokens.ofTexts(prompt), most, texts);
    }

    private ChatCall embeddings(Served served, String body, JsonNode json) throws BadCall {
        JsonNode input = json.path("input");
        return call(served, body, json, PromptTokens.ofTexts(input), 0, texts("input", input));
    }

    private ChatCall responses(Served served, String body, JsonNode json) throws BadCall {
        JsonNode input = json.path("input");
        require(
                input.isTextual() || (input.isArray() && !input.isEmpty()),
                "'input' is missing or empty, expected a string or an array");
        long prompt = input.isTextual() ? PromptTokens.of(1, input.textValue().length()) : PromptTokens.of(input);
        long instructions = PromptTokens.ofSystem(json.path("instructions"));
        return call(served, body, json, prompt + instructions, maxTokens(json, "max_output_tokens"), 1);
    }

    /** A call as Anthropic wants it: with its version, and with the most tokens said. */
    private ChatCall messages(Served served, HttpRequest request, JsonNode json) throws BadCall {
        require(request.header("anthropic-version").isPresent(), "anthropic-version: header is required");
        require(json.hasNonNull("max_tokens"), "max_tokens: Field required");
        requireMessages(json);
        long prompt = PromptTokens.of(json.path("messages")) + PromptTokens.ofSystem(json.path("system"));
        return call(served, request.body(), json, prompt, maxTokens(json, "max_tokens"), 1);
    }

    private ChatCall contents(Served served, String body, JsonNode json) throws BadCall {
        JsonNode contents = json.path("contents");
        require(contents.isArray() && !contents.isEmpty(), "contents is not specified");
        long prompt = PromptTokens.ofContents(contents, json.path("systemInstruction"));
        return call(served, body, json, prompt, maxTokens(json.path("generationConfig"), "maxOutputTokens"), 1);
    }

    private static ChatCall call(Served served, String body, JsonNode json, long prompt, int most, int texts) {
        int longest = Math.min(most, LONGEST_ANSWER);
        return new ChatCall(
                served.skin(),
                served.model().isEmpty() ? json.path("model").textValue() : served.model(),
                prompt,
                most,
                texts,
                served.stream() || (longest > 0 && json.path("stream").asBoolean(false)),
                served.list(),
                json.path("stream_options").path("include_usage").asBoolean(false),
                longest == 0 ? 0 : 1 + new SplittableRandom(hash(body)).nextInt(longest));
    }

    private static void requireMessages(JsonNode json) throws BadCall {
        JsonNode messages = json.path("messages");
        require(messages.isArray() && !messages.isEmpty(), "'messages' is missing or empty, expected an array");
    }

    /** How many texts, or lists of tokens, stand there. */
    private static int texts(String name, JsonNode texts) throws BadCall {
        require(
                texts.isTextual() || (texts.isArray() && !texts.isEmpty()),
                "'" + name + "' is missing or empty, expected a string or an array");
        return texts.isTextual() || texts.path(0).isNumber() ? 1 : texts.size();
    }

    private static int copies(JsonNode json) throws BadCall {
        int copies = json.path("n").asInt(1);
        require(copies >= 1 && copies <= 128, "'n' is " + copies + ", expected a whole number from 1 to 128");
        return copies;
    }

    private int maxTokens(JsonNode json, String field) throws BadCall {
        JsonNode value = json.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return defaultMaxTokens;
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

    private static long hash(String body) {
        CRC32C crc = new CRC32C();
        crc.update(body.getBytes(StandardCharsets.UTF_8));
        return crc.getValue();
    }
}
