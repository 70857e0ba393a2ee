package io.keycoord.console.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** Writes the configuration file of the demo's pool, as a user would write it. */
final class DemoConfig {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final DemoSettings settings;
    private final DemoPool pool;
    private final UnaryOperator<String> secretOf;

    /**
     * Prepares a configuration.
     *
     * @param secretOf from a key's id to the reference of its secret
     */
    DemoConfig(DemoSettings settings, DemoPool pool, UnaryOperator<String> secretOf) {
        this.settings = settings;
        this.pool = pool;
        this.secretOf = secretOf;
    }

    /** The JSON text; the provider is at {@code baseUrl}. */
    String text(URI baseUrl) {
        ObjectNode root = JSON.createObjectNode();
        ObjectNode node = root.putArray("pools").addObject();
        node.put("id", DemoPool.ID).put("provider", "openrouter").put("baseUrl", baseUrl.toString());
        node.put("leaseTtl", written(settings.leaseTtl()));
        node.put("whenRedisIsDown", "closed");
        node.putObject("breaker")
                .put("errors", 3)
                .put("window", written(settings.window()))
                .put("coolDown", written(settings.coolDown()))
                .put("maxCoolDown", written(settings.coolDown()));
        ArrayNode accounts = node.putArray("accounts");
        pool.accounts().forEach(account -> write(account, accounts.addObject()));
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values cannot be written", e);
        }
    }

    /** The simulator charges prompt and maximum at admission and gives nothing back; so nothing is refunded here. */
    private void write(DemoPool.Account account, ObjectNode node) {
        node.put("id", account.id());
        ObjectNode limits = node.putArray("limits").addObject();
        limits.put("models", "*");
        write(pool.requests(), limits.putObject("requests"));
        write(pool.tokens(), limits.putObject("tokens").put("refund", "none"));
        limits.put("concurrency", pool.concurrency());
        ArrayNode keys = node.putArray("keys");
        account.keys().forEach(key -> keys.addObject().put("id", key.id()).put("secret", secretOf.apply(key.id())));
    }

    private void write(DemoPool.Limit limit, ObjectNode node) {
        node.put("limit", limit.perWindow() + "/" + written(pool.window()))
                .put("burst", limit.burst())
                .put("mode", "bucket")
                .put("arrivalJitter", written(DemoPool.ARRIVAL_JITTER));
    }

    private static String written(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
    }
}
