package io.keycoord.sdk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * An unsuccessful answer, as rules look at it: status, headers, and the head of its body. Tolerant: whatever is absent
 * or of another type than expected reads as empty. Its texts may quote the caller or a masked key and are never logged;
 * {@link #toString} shows the status alone. Immutable.
 */
public final class ErrorAnswer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_DETAILS = 20;

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
     * The error inside a whole answer that calls itself a success. Its status is its numeric code, or 0 if it has a word
     * instead: then only a rule that knows the word can tell whose fault it is.
     *
     * @return empty if there is neither
     */
    public static Optional<ErrorAnswer> inside(byte[] json) {
        JsonNode root = parse(json);
        JsonNode response = root.path("response");
        JsonNode error = Stream.of(
                        root.path("error"),
                        response.path("error"),
                        root.path("choices").path(0).path("error"))
                .filter(JsonNode::isObject)
                .findFirst()
                .orElse(root);
        JsonNode word = root.path("error_type").isTextual() ? root.path("error_type") : response.path("error_type");
        if (word.isTextual() && !error.has("error_type")) {
            return embedded(((ObjectNode) error).set("error_type", word));
        }
        return embedded(error);
    }

    static Optional<ErrorAnswer> embedded(JsonNode error) {
        int code = error.path("code").asInt(error.path("http_status").asInt(0));
        int status = code >= 400 && code <= 599 ? code : 0;
        return status > 0 || hasWord(error)
                ? Optional.of(new ErrorAnswer(status, Map.of(), false, error, error))
                : Optional.empty();
    }

    private static boolean hasWord(JsonNode error) {
        return Stream.of("type", "code", "status", "error_type")
                .anyMatch(field -> error.path(field).isTextual());
    }

    static JsonNode parse(byte[] json) {
        try {
            JsonNode root = JSON.readTree(json);
            return root.isArray() ? elementOf(root) : root;
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    /** Of a list of answers the one with an error, else the first. */
    private static JsonNode elementOf(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .filter(element -> element.path("error").isObject())
                .findFirst()
                .orElse(list.path(0));
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
        return root.path("error")
                .asText(root.path("detail").asText(root.path("Message").asText("")));
    }

    /**
     * The text of a field, wherever it stands: in the metadata, in the error, or at the top; of {@code a.b}, that of
     * {@code b} within {@code a}. Empty if there is none.
     */
    String text(String field) {
        return find(field).asText("");
    }

    boolean has(String field) {
        JsonNode found = find(field);
        return !found.isMissingNode() && !found.isNull();
    }

    /** The texts of a field in the elements of {@code error.details}, and in the violations that they list. */
    Stream<String> details(String field) {
        return elements(error.path("details"))
                .flatMap(detail -> Stream.concat(Stream.of(detail), elements(detail.path("violations"))))
                .map(detail -> detail.path(field).asText(""))
                .filter(text -> !text.isEmpty());
    }

    private static Stream<JsonNode> elements(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).limit(MOST_DETAILS);
    }

    /**
     * What Amazon calls the error, such as {@code ThrottlingException}: of a header or of the body, without the name space
     * before it and the address behind it; empty if there is none.
     */
    String exception() {
        String told = header("x-amzn-errortype").orElseGet(() -> text("__type"));
        String name = told.substring(told.indexOf('#') + 1);
        return name.split(":", 2)[0].strip();
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
        String[] steps = field.split("\\.", -1);
        for (JsonNode place : new JsonNode[] {error.path("metadata"), error, root}) {
            if (place.has(steps[0])) {
                return within(place, steps);
            }
        }
        return MissingNode.getInstance();
    }

    private static JsonNode within(JsonNode place, String[] steps) {
        JsonNode found = place;
        for (String step : steps) {
            found = found.path(step);
        }
        return found;
    }

    @Override
    public String toString() {
        return "ErrorAnswer[" + status + "]";
    }
}
