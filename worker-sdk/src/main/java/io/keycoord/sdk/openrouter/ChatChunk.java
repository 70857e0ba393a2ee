package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** A piece of an answer that comes as a stream. Immutable. */
public final class ChatChunk {
    private final ObjectNode body;

    /** Keeps {@code body}, which nobody else may change. */
    ChatChunk(ObjectNode body) {
        this.body = body;
    }

    /** What the first choice says on; empty if this piece says nothing, as the last ones do. */
    public String text() {
        return Json.text(choice().path("delta").path("content")).orElse("");
    }

    /** Why the first choice ended, for example {@code stop} or {@code length}; empty while it goes on. */
    public Optional<String> finishReason() {
        return Json.text(choice().path("finish_reason"));
    }

    /** What all of the answer used; as a rule only the last piece tells. */
    public Optional<ChatUsage> usage() {
        return ChatUsage.of(body);
    }

    /** The model that answers, which may be one of the fallbacks. */
    public Optional<String> model() {
        return Json.text(body.path("model"));
    }

    /** What the provider calls this generation. */
    public Optional<String> id() {
        return Json.text(body.path("id"));
    }

    /** The whole piece, with all that has no method here; a copy. */
    public JsonNode body() {
        return body.deepCopy();
    }

    private JsonNode choice() {
        return body.path("choices").path(0);
    }

    /** Without what the answer says. */
    @Override
    public String toString() {
        return "ChatChunk[" + id().orElse("?") + ", " + text().length() + " characters]";
    }
}
