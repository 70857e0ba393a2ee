package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a key is to be: all of a new one, or what changes of one that is there; what is not said stays, or is left to
 * OpenRouter. Immutable; each {@code with…} returns a changed copy.
 */
public final class KeySettings {
    private final ObjectNode json;

    private KeySettings(ObjectNode json) {
        this.json = json;
    }

    /**
     * Of a key of this name.
     *
     * @throws IllegalArgumentException if it is blank
     */
    public static KeySettings named(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name is blank, expected what the key is to be called");
        }
        return new KeySettings(Json.object().put("name", name));
    }

    /** That change nothing; see the other methods. */
    public static KeySettings none() {
        return new KeySettings(Json.object());
    }

    /**
     * With a limit, for ever unless there is a reset.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public KeySettings withLimit(BigDecimal dollars) {
        if (dollars.signum() < 0) {
            throw new IllegalArgumentException("limit is " + dollars.toPlainString() + ", expected 0 or more");
        }
        return withField("limit", dollars);
    }

    public KeySettings withoutLimit() {
        return withField("limit", null);
    }

    public KeySettings withLimitReset(LimitReset reset) {
        return withField("limit_reset", reset.word());
    }

    public KeySettings withoutLimitReset() {
        return withField("limit_reset", null);
    }

    /** Whether spending with keys of one's own at providers counts into the limit. */
    public KeySettings withIncludeByokInLimit(boolean included) {
        return withField("include_byok_in_limit", included);
    }

    /** Good until then. */
    public KeySettings withExpiresAt(Instant end) {
        return withField("expires_at", end.toString());
    }

    /** Switched off, or on again; of a key that is there. */
    public KeySettings withDisabled(boolean off) {
        return withField("disabled", off);
    }

    /**
     * With any field, in place of one of that name.
     *
     * @param value what Jackson writes as JSON
     * @throws IllegalArgumentException if it cannot be written as JSON
     */
    public KeySettings withField(String name, @Nullable Object value) {
        ObjectNode copy = json.deepCopy();
        copy.set(name, Json.value(name, value));
        return new KeySettings(copy);
    }

    JsonNode json() {
        return json;
    }

    @Override
    public String toString() {
        return "KeySettings" + json;
    }
}
