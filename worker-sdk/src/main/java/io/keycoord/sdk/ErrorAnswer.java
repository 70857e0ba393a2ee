package io.keycoord.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * An unsuccessful answer, as rules look at it: status, headers, and the head of its body. Tolerant: whatever is absent
 * or of another type than expected reads as empty. Its texts may quote the caller or a masked key and are never logged;
 * {@link #toString} shows the status alone. Immutable.
 */
public final class ErrorAnswer {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final int status;
    private final Map<String, String> headers;
    private final boolean edgePage;
    private final JsonNode root;
    private final JsonNode error;

    private ErrorAnswer(int status, Map<String, String> headers, boolean edgePage, JsonNode root, JsonNode error) {
        this.status = status;
        this.headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        this.headers.putAll(headers);
        this.edgePage = edgePage;
        this.root = root;
        this.error = error;
    }

    /**
     * An answer of the provider.
     *
     * @param head the body, or as much of its beginning as was read
     */
    public static ErrorAnswer of(int status, Map<String, String> headers, byte[] head) {
        JsonNode root = parse(head);
        return new ErrorAnswer(status, headers, isPage(head), root, errorOf(root));
    }

    /**
     * The error inside a whole answer that calls itself a success.
     *
     * @return empty if there is none, or none with a numeric code: then nothing tells whose fault it is
     */
    public static Optional<ErrorAnswer> inside(byte[] json) {
        JsonNode root = parse(json);
        return embedded(
                root.has("error")
                        ? root.path("error")
                        : root.path("choices").path(0).path("error"));
    }

    static Optional<ErrorAnswer> embedded(JsonNode error) {
        int code = error.path("code").asInt(error.path("http_status").asInt(0));
        return code >= 400 && code <= 599
                ? Optional.of(new ErrorAnswer(code, Map.of(), false, error, error))
                : Optional.empty();
    }

    static JsonNode parse(byte[] json) {
        try {
            JsonNode root = JSON.readTree(json);
            return root.isArray() ? root.path(0) : root;
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private static JsonNode errorOf(JsonNode root) {
        return root.path("error").isObject() ? root.path("error") : root;
    }

    private static boolean isPage(byte[] head) {
        for (byte b : head) {
            if (b > ' ' || b < 0) {
                return b != '{' && b != '[';
            }
        }
        return false;
    }

    public int status() {
        return status;
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** A header, or what an intermediary repeats of it in the body's metadata. */
    Optional<String> headerOrRepeated(String name) {
        return header(name).or(() -> Optional.of(repeatedHeader(name)).filter(text -> !text.isEmpty()));
    }

    /** Whether any header with such a name has this value. */
    boolean saysOfAny(String prefix, String suffix, String value) {
        return headers.entrySet().stream()
                .filter(header -> header.getValue().strip().equals(value))
                .map(header -> header.getKey().toLowerCase(Locale.ROOT))
                .anyMatch(name -> name.startsWith(prefix) && name.endsWith(suffix));
    }

    /** Whether the body is there and is not JSON: a page of a proxy or of the edge. */
    boolean isEdgePage() {
        return edgePage;
    }

    /** The human message; empty if there is none. */
    String message() {
        String message = error.path("message").asText("");
        if (!message.isEmpty()) {
            return message;
        }
        return root.path("error").asText(root.path("detail").asText(""));
    }

    /** A machine word in lower case, wherever it stands: in the metadata, in the error, or at the top. */
    String word(String field) {
        return find(field).asText("").toLowerCase(Locale.ROOT);
    }

    /** The text of a field as it stands, for example an instant. */
    String text(String field) {
        return find(field).asText("");
    }

    boolean has(String field) {
        JsonNode found = find(field);
        return !found.isMissingNode() && !found.isNull();
    }

    /** {@code error.availability.code}, in lower case. */
    String availability() {
        return error.path("availability").path("code").asText("").toLowerCase(Locale.ROOT);
    }

    /** {@code error.availability.retry_after}, in seconds. */
    String availabilityRetryAfter() {
        return error.path("availability").path("retry_after").asText("");
    }

    /** A header that an intermediary repeats in the body's metadata. */
    String repeatedHeader(String name) {
        for (Map.Entry<String, JsonNode> field :
                error.path("metadata").path("headers").properties()) {
            if (field.getKey().equalsIgnoreCase(name)) {
                return field.getValue().asText("");
            }
        }
        return "";
    }

    /** Whether an intermediary passes on the answer of a provider behind it. */
    boolean isRelayed() {
        return has("provider_name") || message().startsWith("Provider returned error");
    }

    private JsonNode find(String field) {
        for (JsonNode place : new JsonNode[] {error.path("metadata"), error, root}) {
            if (place.has(field)) {
                return place.path(field);
            }
        }
        return MissingNode.getInstance();
    }

    @Override
    public String toString() {
        return "ErrorAnswer[" + status + "]";
    }
}
