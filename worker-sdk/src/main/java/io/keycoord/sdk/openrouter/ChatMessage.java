package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** One message of a conversation. Immutable. */
public final class ChatMessage {
    private final ObjectNode json;

    private ChatMessage(ObjectNode json) {
        this.json = json;
    }

    public static ChatMessage system(String text) {
        return of("system", text);
    }

    public static ChatMessage user(String text) {
        return of("user", text);
    }

    public static ChatMessage assistant(String text) {
        return of("assistant", text);
    }

    /**
     * A message of any role.
     *
     * @param content a text, or a list of parts as the provider describes them
     * @throws IllegalArgumentException if the role is empty, or the content cannot be written as JSON
     */
    public static ChatMessage of(String role, Object content) {
        if (role.isEmpty()) {
            throw new IllegalArgumentException("role is empty, expected one such as user");
        }
        ObjectNode json = Json.object().put("role", role);
        json.set("content", Json.value("content", content));
        return new ChatMessage(json);
    }

    /**
     * The same with one more field, such as {@code tool_call_id}.
     *
     * @param value what Jackson writes as JSON: a text, a number, a list, a map, a {@code JsonNode}, null
     * @throws IllegalArgumentException if it cannot be written as JSON
     */
    public ChatMessage withField(String name, @Nullable Object value) {
        ObjectNode copy = json.deepCopy();
        copy.set(name, Json.value(name, value));
        return new ChatMessage(copy);
    }

    public String role() {
        return json.path("role").asText();
    }

    /** The message as it is sent; a copy. */
    public JsonNode json() {
        return json.deepCopy();
    }

    /** Without the content. */
    @Override
    public String toString() {
        return "ChatMessage[" + role() + "]";
    }
}
