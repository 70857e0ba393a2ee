package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which of the providers behind OpenRouter may serve a request, and which first. What is not said is left to OpenRouter.
 * Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * ProviderRouting.order("Anthropic", "Amazon Bedrock").allowFallbacks(true)
 * }</pre>
 */
public final class ProviderRouting {
    private final ObjectNode json;

    /** Whether providers may be used that keep what they are sent. */
    public enum DataCollection {
        ALLOW,
        DENY
    }

    /** What comes first. */
    public enum Sort {
        PRICE,
        THROUGHPUT,
        LATENCY
    }

    /** What a price is for: a million tokens of the prompt or the answer, a request, a picture, a piece of audio. */
    public enum Price {
        PROMPT,
        COMPLETION,
        REQUEST,
        IMAGE,
        AUDIO
    }

    private ProviderRouting(ObjectNode json) {
        this.json = json;
    }

    /** Any provider, in the order that OpenRouter chooses. */
    public static ProviderRouting any() {
        return new ProviderRouting(Json.object());
    }

    /**
     * These providers first, in this order.
     *
     * @throws IllegalArgumentException if none is named
     */
    public static ProviderRouting order(String... providers) {
        return any().list("order", providers);
    }

    /** Whether others may serve when those in order cannot. OpenRouter says yes unless told otherwise. */
    public ProviderRouting allowFallbacks(boolean allowed) {
        return field("allow_fallbacks", allowed);
    }

    /** Whether only providers may serve that know all parameters of the request. */
    public ProviderRouting requireParameters(boolean required) {
        return field("require_parameters", required);
    }

    public ProviderRouting dataCollection(DataCollection policy) {
        return field("data_collection", policy.name().toLowerCase(Locale.ROOT));
    }

    /** Whether only endpoints may serve that retain no data. */
    public ProviderRouting zeroDataRetention(boolean required) {
        return field("zdr", required);
    }

    /** Whether only models may serve whose authors allow distillation of their texts. */
    public ProviderRouting enforceDistillableText(boolean required) {
        return field("enforce_distillable_text", required);
    }

    /**
     * No other than these.
     *
     * @throws IllegalArgumentException if none is named
     */
    public ProviderRouting only(String... providers) {
        return list("only", providers);
    }

    /**
     * None of these.
     *
     * @throws IllegalArgumentException if none is named
     */
    public ProviderRouting ignore(String... providers) {
        return list("ignore", providers);
    }

    /**
     * Only models of these quantizations, such as {@code fp8}.
     *
     * @throws IllegalArgumentException if none is named
     */
    public ProviderRouting quantizations(String... names) {
        return list("quantizations", names);
    }

    public ProviderRouting sort(Sort by) {
        return field("sort", by.name().toLowerCase(Locale.ROOT));
    }

    /** Sorted within each model, or {@code partition} {@code "none"} for all fallback models together. */
    public ProviderRouting sort(Sort by, String partition) {
        ObjectNode both = Json.object().put("by", by.name().toLowerCase(Locale.ROOT));
        return field("sort", both.put("partition", partition));
    }

    /**
     * Those first that write so many tokens a second.
     *
     * @throws IllegalArgumentException if it is not more than zero
     */
    public ProviderRouting preferredMinThroughput(double tokensPerSecond) {
        return field("preferred_min_throughput", positive("preferredMinThroughput", tokensPerSecond));
    }

    /**
     * Those first that begin to answer within so many seconds.
     *
     * @throws IllegalArgumentException if it is not more than zero
     */
    public ProviderRouting preferredMaxLatency(double seconds) {
        return field("preferred_max_latency", positive("preferredMaxLatency", seconds));
    }

    /**
     * Only those that ask for no more; for several prices call it several times.
     *
     * @param usd zero or more
     * @throws IllegalArgumentException if it is less
     */
    public ProviderRouting maxPrice(Price what, double usd) {
        if (!(usd >= 0 && usd < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("maxPrice is " + usd + ", expected 0 or more");
        }
        ObjectNode prices = json.path("max_price") instanceof ObjectNode there ? there.deepCopy() : Json.object();
        return field("max_price", prices.put(what.name().toLowerCase(Locale.ROOT), usd));
    }

    /**
     * Any field, in place of one of that name.
     *
     * @param value what Jackson writes as JSON: a text, a number, a list, a map, a {@code JsonNode}, null
     * @throws IllegalArgumentException if it cannot be written as JSON
     */
    public ProviderRouting field(String name, @Nullable Object value) {
        ObjectNode copy = json.deepCopy();
        copy.set(name, Json.value(name, value));
        return new ProviderRouting(copy);
    }

    private ProviderRouting list(String name, String... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException(name + " is empty, expected at least one name");
        }
        return field(name, Arrays.asList(values));
    }

    private static double positive(String name, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " is " + value + ", expected more than 0");
        }
        return value;
    }

    /** The {@code provider} object as it is sent; a copy. */
    public JsonNode json() {
        return json.deepCopy();
    }

    @Override
    public String toString() {
        return "ProviderRouting" + json;
    }
}
