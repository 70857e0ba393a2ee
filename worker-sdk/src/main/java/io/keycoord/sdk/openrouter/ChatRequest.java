package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keycoord.Priority;
import io.keycoord.sdk.okhttp.Affinity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to ask a model. Immutable; each {@code with…} returns a changed copy. A model may have a variant, as in {@code
 * vendor/model:free}, {@code :nitro} or {@code :floor}.
 */
public final class ChatRequest {
    private static final String MESSAGES = "messages";

    private final ObjectNode body;
    private final Optional<Priority> priority;
    private final Optional<Affinity> affinity;
    private final Optional<Duration> timeout;

    private ChatRequest(
            ObjectNode body, Optional<Priority> priority, Optional<Affinity> affinity, Optional<Duration> timeout) {
        this.body = body;
        this.priority = priority;
        this.affinity = affinity;
        this.timeout = timeout;
    }

    /**
     * A question.
     *
     * @throws IllegalArgumentException if the model is empty
     */
    public static ChatRequest of(String model, String prompt) {
        return of(model, List.of(ChatMessage.user(prompt)));
    }

    /**
     * A conversation.
     *
     * @throws IllegalArgumentException if the model is empty, or there are no messages
     */
    public static ChatRequest of(String model, List<ChatMessage> messages) {
        if (model.isEmpty()) {
            throw new IllegalArgumentException("model is empty, expected one such as openai/gpt-4o-mini");
        }
        ObjectNode body = Json.object().put("model", model);
        return new ChatRequest(body, Optional.empty(), Optional.empty(), Optional.empty()).withMessages(messages);
    }

    /** The same with one more message at the end. */
    public ChatRequest withMessage(ChatMessage message) {
        ArrayNode messages = messages();
        messages.add(message.json());
        return with(MESSAGES, messages);
    }

    /**
     * The same with these messages instead.
     *
     * @throws IllegalArgumentException if there are none
     */
    public ChatRequest withMessages(List<ChatMessage> messages) {
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("messages is empty, expected at least one");
        }
        ArrayNode array = body.arrayNode();
        messages.forEach(message -> array.add(message.json()));
        return with(MESSAGES, array);
    }

    /** The same with an instruction in front of all messages, in place of one that is there already. */
    public ChatRequest withSystem(String text) {
        ArrayNode messages = messages();
        if (messages.path(0).path("role").asText("").equals("system")) {
            messages.remove(0);
        }
        messages.insert(0, ChatMessage.system(text).json());
        return with(MESSAGES, messages);
    }

    /**
     * The same for an answer of at most so many tokens, which are reserved.
     *
     * @throws IllegalArgumentException if it is less than 1
     */
    public ChatRequest withMaxTokens(int tokens) {
        if (tokens < 1) {
            throw new IllegalArgumentException("maxTokens is " + tokens + ", expected 1 or more");
        }
        return with("max_tokens", body.numberNode(tokens));
    }

    /**
     * The same with a temperature.
     *
     * @throws IllegalArgumentException if it is not 0 to 2
     */
    public ChatRequest withTemperature(double temperature) {
        if (!(temperature >= 0 && temperature <= 2)) {
            throw new IllegalArgumentException("temperature is " + temperature + ", expected 0 to 2");
        }
        return with("temperature", body.numberNode(temperature));
    }

    /**
     * The same with models to fall back to, in this order. {@link ChatCompletion#model} says which one answered. Leased and
     * charged are the limits of the first model, whichever answers: see {@link OpenRouterClient#fallbackAnswers}.
     *
     * @throws IllegalArgumentException if there are none
     */
    public ChatRequest withModels(String... fallbacks) {
        if (fallbacks.length == 0) {
            throw new IllegalArgumentException("models is empty, expected at least one model to fall back to");
        }
        return with("models", Json.value("models", Arrays.asList(fallbacks)));
    }

    /** The same with wishes for the providers behind OpenRouter. */
    public ChatRequest withProvider(ProviderRouting routing) {
        return with("provider", routing.json());
    }

    /**
     * The same with any field of the body, in place of one of that name.
     *
     * @param value what Jackson writes as JSON: a text, a number, a list, a map, a {@code JsonNode}, null
     * @throws IllegalArgumentException if it cannot be written as JSON, or the name is {@code stream}, which follows from
     *     the method that is called
     */
    public ChatRequest withField(String name, @Nullable Object value) {
        if (name.equals("stream")) {
            throw new IllegalArgumentException("the field is stream, expected a call of stream(…) instead");
        }
        return with(name, Json.value(name, value));
    }

    /** The same as a call that is so important, whatever the client's options say. */
    public ChatRequest withPriority(Priority other) {
        return new ChatRequest(body, Optional.of(other), affinity, timeout);
    }

    /**
     * The same as a call of a session, which prefers the same account and key while these can serve.
     *
     * @param session 1 to 256 characters; it is not sent
     * @throws IllegalArgumentException if it is shorter or longer
     */
    public ChatRequest withAffinity(String session) {
        return new ChatRequest(body, priority, Optional.of(new Affinity(session)), timeout);
    }

    /**
     * The same as a call that may take so long: from when it is asked for, over waiting for a key and all tries, to the end
     * of the answer; of a stream to its first piece. After that it fails with a {@link TimedOutException}, or with a {@link
     * NoKeyException} as soon as it is known that no key will be there in time. In place of {@code maxWait} of the client's
     * options.
     *
     * @param most one millisecond to a day
     * @throws IllegalArgumentException if it is less or more
     */
    public ChatRequest withTimeout(Duration most) {
        if (most.compareTo(Duration.ofMillis(1)) < 0 || most.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("timeout is " + most + ", expected PT0.001S to PT24H");
        }
        return new ChatRequest(body, priority, affinity, Optional.of(most));
    }

    private ChatRequest with(String field, JsonNode value) {
        ObjectNode copy = body.deepCopy();
        copy.set(field, value);
        return new ChatRequest(copy, priority, affinity, timeout);
    }

    private ArrayNode messages() {
        return body.path(MESSAGES) instanceof ArrayNode array ? array.deepCopy() : body.arrayNode();
    }

    public String model() {
        return body.path("model").asText();
    }

    /** The body as it is sent, but for {@code stream}; a copy. */
    public JsonNode body() {
        return body.deepCopy();
    }

    /** The model, and those to fall back to; the limits of the first are charged. */
    List<String> models() {
        List<String> all = new ArrayList<>(List.of(model()));
        body.path("models").forEach(fallback -> Json.text(fallback).ifPresent(all::add));
        return all;
    }

    byte[] bytes() {
        return Json.bytes(body);
    }

    byte[] streamedBytes() {
        return Json.bytes(body.deepCopy().put("stream", true));
    }

    Optional<Priority> priority() {
        return priority;
    }

    Optional<Affinity> affinity() {
        return affinity;
    }

    Optional<Duration> timeout() {
        return timeout;
    }

    /** Without what the messages say. */
    @Override
    public String toString() {
        return "ChatRequest[" + model() + ", " + messages().size() + " messages]";
    }
}
