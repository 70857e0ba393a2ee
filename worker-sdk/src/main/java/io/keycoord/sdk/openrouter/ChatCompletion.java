package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** A whole answer of a model. Immutable. */
public final class ChatCompletion {
    private final ObjectNode body;
    private final Optional<ChatUsage> usage;

    /** Keeps {@code body}, which nobody else may change. */
    ChatCompletion(ObjectNode body) {
        this.body = body;
        this.usage = ChatUsage.of(body);
    }

    /** What the first choice says; empty if it says nothing, as when it calls a tool. */
    public String text() {
        return Json.text(message().path("content")).orElse("");
    }

    /** Why the first choice ended, for example {@code stop}, {@code length} or {@code tool_calls}. */
    public Optional<String> finishReason() {
        return Json.text(body.path("choices").path(0).path("finish_reason"));
    }

    /** The model that answered, which may be one of the fallbacks. */
    public Optional<String> model() {
        return Json.text(body.path("model"));
    }

    /** What the provider calls this generation. */
    public Optional<String> id() {
        return Json.text(body.path("id"));
    }

    public Optional<ChatUsage> usage() {
        return usage;
    }

    /** The whole answer, with all that has no method here; a copy. */
    public JsonNode body() {
        return body.deepCopy();
    }

    private JsonNode message() {
        return body.path("choices").path(0).path("message");
    }

    /** Without what the answer says. */
    @Override
    public String toString() {
        return "ChatCompletion[" + id().orElse("?") + ", " + model().orElse("?") + ", "
                + finishReason().orElse("?") + "]";
    }
}
