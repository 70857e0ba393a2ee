package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Errors as OpenRouter gives them: a numeric code, a message, and metadata that says whose limit it was. */
final class OpenRouterErrors implements Errors {

    private static final String RELAYED = "Provider returned error";
    private static final String PROVIDER = "SimProvider";
    private static final long DAY_NANOS = TimeUnit.DAYS.toNanos(1);

    @Override
    public Answer missingKey() {
        return error(401, "No auth credentials found", null);
    }

    @Override
    public Answer invalidKey(String bearer) {
        return error(401, "User not found.", null);
    }

    @Override
    public Answer badRequest(String message) {
        return error(400, message, metadata().put("error_type", "invalid_request"));
    }

    @Override
    public Answer notFound(String path) {
        return error(404, "Nothing is served at " + path, metadata().put("error_type", "not_found"));
    }

    @Override
    public Answer methodNotAllowed(String method) {
        return error(405, "Method " + method + " is not served here", null);
    }

    @Override
    public Answer overLimit(Verdict.Refused refused, Circumstances at) {
        return switch (refused.cause()) {
            case REQUESTS -> limited(level(refused.levels().requests()), "rp", refused.waitNanos(), at);
            case TOKENS -> limited(level(refused.levels().tokens()), "tp", refused.waitNanos(), at);
            case CONCURRENCY ->
                error(
                        429,
                        "Rate limit exceeded: too many calls of this account at the same time",
                        metadata().put("error_type", "rate_limit_exceeded"));
            case TOO_LARGE ->
                error(
                        400,
                        "The request asks for " + refused.asked()
                                + " tokens, more than the limit of this account can hold",
                        metadata().put("error_type", "token_limit_exceeded"));
        };
    }

    @Override
    public Answer fault(Fault fault, Circumstances at) {
        Optional<Duration> hint = fault.hint();
        return switch (fault.kind()) {
            case INVALID_KEY -> invalidKey(at.bearer());
            case INSUFFICIENT_CREDITS -> error(402, "Insufficient credits. Add more.", null);
            case IN_FLIGHT_BUDGET -> retryAfter(inFlightBudget(), hint);
            case KEY_LIMIT -> keyLimit(hint, at);
            case RATE_LIMIT ->
                hint.map(wait -> limited(null, "rp", wait.toNanos(), at))
                        .orElseGet(() -> error(429, "Rate limit exceeded", null));
            case SERVER_ERROR -> error(500, "Internal server error", metadata().put("error_type", "server"));
            case OVERLOADED -> retryAfter(overloaded(hint), hint);
            case RELAYED_401 -> relayed(401, metadata().put("raw", "bad key"));
            case RELAYED_429 -> relayed429(hint, at);
            case RELAYED_502 -> relayed(502, metadata().put("raw", "upstream closed"));
            default -> throw new IllegalStateException("fault " + fault.kind() + " refuses nothing");
        };
    }

    @Override
    public String streamError(String id, String model) {
        ObjectNode chunk = chunk(id, model);
        chunk.putObject("error").put("code", 502).put("message", "The provider went away");
        ObjectNode choice = choice(chunk);
        choice.putObject("delta").put("content", "");
        return Json.text(chunk);
    }

    @Override
    public Answer brokenAnswer(String id, String model) {
        ObjectNode chunk = chunk(id, model);
        ObjectNode choice = choice(chunk);
        choice.putObject("message").put("role", "assistant").put("content", "");
        choice.putObject("error").put("code", 502).put("message", "The provider went away");
        return Answer.json(200, chunk);
    }

    @Override
    public Map<String, String> limitHeaders(Verdict.Levels levels) {
        return Map.of();
    }

    /** Platform limits carry the reset instant as headers and again in the body, where it survives proxies. */
    private static Answer limited(Verdict.@Nullable Level level, String unit, long wait, Circumstances at) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(
                "X-RateLimit-Limit",
                level == null ? "0" : Long.toString(level.rate().amount()));
        headers.put("X-RateLimit-Remaining", level == null ? "0" : Long.toString(level.remaining()));
        headers.put("X-RateLimit-Reset", Long.toString(Durations.ceilMillis(at.nowNanos() + wait)));
        boolean daily = level != null && level.rate().window().toNanos() >= DAY_NANOS;
        Answer answer = at.model().endsWith(":free")
                ? freeLimited(daily, headers)
                : error(
                        429,
                        "Rate limit exceeded: limit_" + unit + (daily ? "d/" : "m/") + at.model() + "/" + at.account(),
                        headersInBody(headers));
        return answer.with(headers);
    }

    private static Answer freeLimited(boolean daily, Map<String, String> headers) {
        return error(
                429,
                "Rate limit exceeded: free-models-per-" + (daily ? "day" : "min") + ". ",
                headersInBody(headers).put("limit_source", "openrouter_free_tier_" + (daily ? "daily" : "per_minute")));
    }

    private static ObjectNode headersInBody(Map<String, String> headers) {
        ObjectNode metadata = metadata();
        ObjectNode copy = metadata.putObject("headers");
        headers.forEach(copy::put);
        return metadata;
    }

    private static Verdict.Level level(Optional<Verdict.Level> level) {
        return level.orElseThrow(() -> new IllegalStateException("refused by a limit that is not there"));
    }

    private static Answer inFlightBudget() {
        return error(
                402,
                "Too much spend in flight",
                metadata()
                        .put("reason", "in_flight_budget_exhausted")
                        .put("limit_source", "openrouter_in_flight_budget"));
    }

    private static Answer keyLimit(Optional<Duration> hint, Circumstances at) {
        if (hint.isEmpty()) {
            return error(403, "Key limit exceeded (total limit).", null);
        }
        long resetMs = Durations.ceilMillis(at.nowNanos() + hint.get().toNanos());
        ObjectNode metadata =
                metadata().put("limit_source", "openrouter_key_limit").put("scope", "key_limit");
        metadata.put("limit_usd", 5)
                .put("spend_usd", 5.01)
                .put("resets_at", Instant.ofEpochMilli(resetMs).toString());
        return error(403, "Key limit exceeded (daily limit). Manage it in the settings.", metadata);
    }

    private static Answer overloaded(Optional<Duration> hint) {
        ObjectNode body = body(503, "No provider available");
        ObjectNode availability = ((ObjectNode) body.get("error")).putObject("availability");
        availability.put("code", "temporarily_unavailable").put("retryable", true);
        hint.ifPresent(wait -> availability.put("retry_after", Durations.ceilSeconds(wait.toNanos())));
        return Answer.json(503, body);
    }

    private static Answer relayed429(Optional<Duration> hint, Circumstances at) {
        ObjectNode metadata = metadata()
                .put("raw", at.model() + " is temporarily rate-limited upstream")
                .put("limit_source", "upstream_provider_shared_pool");
        hint.ifPresent(wait -> {
            long seconds = Durations.ceilSeconds(wait.toNanos());
            metadata.put("retry_after_seconds", seconds).put("retry_after_seconds_raw", wait.toNanos() / 1e9);
            metadata.putObject("headers").put("Retry-After", Long.toString(seconds));
        });
        return relayed(429, metadata);
    }

    private static Answer relayed(int status, ObjectNode metadata) {
        return error(status, RELAYED, metadata.put("provider_name", PROVIDER).put("is_byok", false));
    }

    private static Answer retryAfter(Answer answer, Optional<Duration> hint) {
        return hint.map(wait -> answer.with("Retry-After", Long.toString(Durations.ceilSeconds(wait.toNanos()))))
                .orElse(answer);
    }

    private static Answer error(int status, String message, @Nullable ObjectNode metadata) {
        ObjectNode body = body(status, message);
        if (metadata != null) {
            ((ObjectNode) body.get("error")).set("metadata", metadata);
        }
        return Answer.json(status, body);
    }

    private static ObjectNode body(int status, String message) {
        ObjectNode body = metadata();
        body.putObject("error").put("code", status).put("message", message);
        return body;
    }

    private static ObjectNode metadata() {
        return Json.MAPPER.createObjectNode();
    }

    private static ObjectNode chunk(String id, String model) {
        return metadata().put("id", id).put("model", model);
    }

    private static ObjectNode choice(ObjectNode chunk) {
        return chunk.putArray("choices").addObject().put("index", 0).put("finish_reason", "error");
    }
}
