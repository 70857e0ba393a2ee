package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Errors as Anthropic gives them: a type and a message; what is left, and until when, in headers. */
final class AnthropicErrors implements Errors {

    private static final String RATE = "rate_limit_error";

    private final NanoClock clock;

    AnthropicErrors(NanoClock clock) {
        this.clock = clock;
    }

    @Override
    public Answer missingKey() {
        return error(401, "authentication_error", "x-api-key header is required");
    }

    @Override
    public Answer invalidKey(String bearer) {
        return error(401, "authentication_error", "invalid x-api-key");
    }

    @Override
    public Answer badRequest(String message) {
        return error(400, "invalid_request_error", message);
    }

    @Override
    public Answer notFound(String path) {
        return error(404, "not_found_error", "Nothing is served at " + path);
    }

    @Override
    public Answer methodNotAllowed(String method) {
        return error(405, "invalid_request_error", "Method " + method + " is not served here");
    }

    @Override
    public Answer overLimit(Verdict.Refused refused, Circumstances at) {
        return switch (refused.cause()) {
            case REQUESTS -> limited("requests", refused, at);
            case TOKENS -> limited("tokens", refused, at);
            case CONCURRENCY -> error(429, RATE, "Too many calls of " + organization(at) + " at the same time");
            case TOO_LARGE ->
                error(
                        429,
                        RATE,
                        "The request asks for " + refused.asked() + " tokens, more than the rate limit of "
                                + organization(at) + " can hold");
        };
    }

    @Override
    public Answer fault(Fault fault, Circumstances at) {
        Optional<Duration> hint = fault.hint();
        return switch (fault.kind()) {
            case INVALID_KEY -> invalidKey(at.bearer());
            case INSUFFICIENT_CREDITS -> error(402, "billing_error", "The credit balance is too low");
            case IN_FLIGHT_BUDGET -> retryAfter(error(429, RATE, "The usage grows too fast: acceleration limit"), hint);
            case KEY_LIMIT -> spendLimit();
            case RATE_LIMIT -> retryAfter(error(429, RATE, "The rate limit is exceeded"), hint);
            case SERVER_ERROR -> error(500, "api_error", "Internal server error");
            case OVERLOADED -> retryAfter(error(529, "overloaded_error", "Overloaded"), hint);
            default -> throw new IllegalStateException("fault " + fault.kind() + " is not of this dialect");
        };
    }

    @Override
    public String streamError(String id, String model) {
        return Json.text(body("overloaded_error", "Overloaded"));
    }

    @Override
    public Answer brokenAnswer(String id, String model) {
        return Answer.json(200, body("api_error", "Internal server error"));
    }

    @Override
    public Map<String, String> limitHeaders(Verdict.Levels levels) {
        Map<String, String> headers = new LinkedHashMap<>();
        levels.requests().ifPresent(level -> addHeaders(headers, "requests", level));
        levels.tokens().ifPresent(level -> addHeaders(headers, "tokens", level));
        return headers;
    }

    /** The reset is when the limit is wholly unused again, in full seconds. */
    private void addHeaders(Map<String, String> headers, String what, Verdict.Level level) {
        String prefix = "anthropic-ratelimit-" + what;
        long fullSeconds = Durations.ceilSeconds(clock.nanos() + level.untilFullNanos());
        headers.put(prefix + "-limit", Long.toString(level.rate().amount()));
        headers.put(prefix + "-remaining", Long.toString(level.remaining()));
        headers.put(prefix + "-reset", Instant.ofEpochSecond(fullSeconds).toString());
    }

    private static Answer limited(String what, Verdict.Refused refused, Circumstances at) {
        String message = "The " + what + " of this call would exceed the rate limit of " + organization(at);
        return retryAfter(error(429, RATE, message), Optional.of(Duration.ofNanos(refused.waitNanos())));
    }

    private static Answer spendLimit() {
        ObjectNode body = body(RATE, "The spend limit is reached");
        body.withObject("/error").putObject("details").put("error_code", "enforced_spend_limit_reached");
        return Answer.json(429, body);
    }

    private static Answer retryAfter(Answer answer, Optional<Duration> hint) {
        return hint.map(wait -> answer.with("retry-after", Long.toString(Durations.ceilSeconds(wait.toNanos()))))
                .orElse(answer);
    }

    private static String organization(Circumstances at) {
        return "organization org-" + at.account();
    }

    private static Answer error(int status, String type, String message) {
        return Answer.json(status, body(type, message));
    }

    private static ObjectNode body(String type, String message) {
        ObjectNode body = Json.MAPPER.createObjectNode().put("type", "error");
        body.putObject("error").put("type", type).put("message", message);
        return body.put("request_id", "req_sim");
    }
}
