package io.keycoord.simulator;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** OpenRouter's {@code /keys}: a management key lists, makes, changes and removes keys of its account. Safe for use by many threads. */
final class ManagementEndpoints {

    private static final int PAGE = 100;
    private static final List<String> SETTINGS =
            List.of("name", "disabled", "limit", "limit_reset", "include_byok_in_limit", "expires_at");

    private final KeyBook book;
    private final Errors errors;
    private final NanoClock clock;

    ManagementEndpoints(KeyBook book, Errors errors, NanoClock clock) {
        this.book = book;
        this.errors = errors;
        this.clock = clock;
    }

    /** {@code hash} is empty for the path {@code /keys} itself. */
    Answer handle(HttpRequest request, String secret, String hash) {
        Optional<SimulatedAccount> account = book.managed(secret);
        if (account.isEmpty()) {
            return secret.isEmpty() ? errors.missingKey() : errors.invalidKey(secret);
        }
        try {
            return hash.isEmpty() ? ofAll(request, account.get()) : ofOne(request, account.get(), hash);
        } catch (JacksonException e) {
            return errors.badRequest("the body is no JSON");
        } catch (IllegalArgumentException e) {
            return errors.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private Answer ofAll(HttpRequest request, SimulatedAccount account) throws JacksonException {
        return switch (request.method()) {
            case "GET" ->
                list(account, request.parameter("offset").map(Integer::parseInt).orElse(0));
            case "POST" -> create(account, Json.MAPPER.readTree(request.body()));
            default -> errors.methodNotAllowed(request.method());
        };
    }

    private Answer list(SimulatedAccount account, int offset) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        ArrayNode data = body.putArray("data");
        book.made(account).stream().skip(offset).limit(PAGE).forEach(key -> data.add(shown(key)));
        return Answer.json(200, body);
    }

    private Answer create(SimulatedAccount account, JsonNode asked) {
        Check.that(asked.path("name").isTextual(), () -> "name is missing, expected a text");
        ObjectNode settings = settings(asked);
        KeyBook.Made key = book.make(account);
        settings.put("created_at", Instant.ofEpochMilli(clock.millis()).toString());
        book.set(key, settings);
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.set("data", shown(key));
        return Answer.json(201, body.put("key", key.secret));
    }

    private Answer ofOne(HttpRequest request, SimulatedAccount account, String hash) throws JacksonException {
        Optional<KeyBook.Made> found = book.made(account).stream()
                .filter(each -> each.hash.equals(hash))
                .findFirst();
        if (found.isEmpty()) {
            return errors.notFound(request.path());
        }
        switch (request.method()) {
            case "GET" -> {}
            case "PATCH" -> book.set(found.get(), settings(Json.MAPPER.readTree(request.body())));
            case "DELETE" -> {
                book.remove(found.get());
                return Answer.json(200, Json.MAPPER.createObjectNode().put("deleted", true));
            }
            default -> {
                return errors.methodNotAllowed(request.method());
            }
        }
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.set("data", shown(found.get()));
        return Answer.json(200, body);
    }

    private static ObjectNode settings(JsonNode asked) {
        Check.that(asked instanceof ObjectNode, () -> "the body is no JSON object");
        ObjectNode settings = asked.deepCopy();
        settings.fieldNames()
                .forEachRemaining(name -> Check.that(SETTINGS.contains(name), () -> name + " is not known here"));
        JsonNode limit = settings.path("limit");
        Check.that(
                limit.isMissingNode() || limit.isNull() || limit.isNumber(),
                () -> "limit is " + limit.asText() + ", expected a number");
        return settings;
    }

    private ObjectNode shown(KeyBook.Made key) {
        ObjectNode data = Json.MAPPER.createObjectNode();
        data.put("hash", key.hash).put("label", key.key.label());
        data.put("disabled", false).putNull("limit").putNull("limit_reset").put("include_byok_in_limit", false);
        data.putNull("expires_at").putNull("updated_at");
        data.setAll(book.settings(key));
        BigDecimal used = book.used(key.key);
        data.put("usage", used)
                .put("usage_daily", used)
                .put("usage_weekly", used)
                .put("usage_monthly", used);
        data.put("byok_usage", 0);
        book.limit(key.key)
                .ifPresentOrElse(
                        limit ->
                                data.put("limit_remaining", limit.subtract(used).max(BigDecimal.ZERO)),
                        () -> data.putNull("limit_remaining"));
        return data;
    }
}
