package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/** The answers to {@code GET /key}, {@code GET /credits} and {@code GET /models}. Safe for use by many threads. */
final class AccountEndpoints {

    private AccountEndpoints() {}

    /** {@code spent}: whether calls of the key are refused because its own limit is used up. */
    static Answer key(KnownKey key, BigDecimal used, Optional<BigDecimal> limit, boolean spent) {
        double usage = used.doubleValue();
        ObjectNode body = Json.MAPPER.createObjectNode();
        ObjectNode data = body.putObject("data");
        data.put("label", key.label());
        if (spent) {
            data.put("limit", usage).put("limit_remaining", 0);
        } else if (limit.isPresent()) {
            BigDecimal remaining = limit.get().subtract(used).max(BigDecimal.ZERO);
            data.put("limit", limit.get()).put("limit_remaining", remaining);
        } else {
            data.putNull("limit").putNull("limit_remaining");
        }
        data.putNull("limit_reset");
        data.put("include_byok_in_limit", false).put("usage", usage).put("usage_daily", usage);
        data.put("usage_weekly", usage).put("usage_monthly", usage).put("byok_usage", 0);
        data.put("is_free_tier", false).put("is_management_key", false).put("creator_user_id", key.account());
        data.putNull("expires_at");
        data.putObject("rate_limit").put("requests", -1).put("interval", "10s").put("note", "deprecated");
        return Answer.json(200, body);
    }

    static Answer credits(BigDecimal total, BigDecimal used) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.putObject("data").put("total_credits", total).put("total_usage", used);
        return Answer.json(200, body);
    }

    /** What an ordinary key may be told. */
    static Answer forbidden() {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.putObject("error").put("code", 403).put("message", "Only management keys can perform this operation");
        return Answer.json(403, body);
    }

    static Answer models(List<String> ids) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        ArrayNode data = body.put("object", "list").putArray("data");
        for (String id : ids) {
            ObjectNode model =
                    data.addObject().put("id", id).put("object", "model").put("name", id);
            model.put("context_length", 128_000);
            model.putObject("pricing").put("prompt", "0.000001").put("completion", "0.000001");
        }
        return Answer.json(200, body);
    }
}
