package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Errors as Gemini gives them: a code, a status, and details that name quotas and delays; no headers. */
final class GeminiErrors implements Errors {

    private static final String TYPE = "type.googleapis.com/google.rpc.";
    private static final String EXHAUSTED = "RESOURCE_EXHAUSTED";
    private static final String DENIED = "PERMISSION_DENIED";
    private static final String INVALID = "INVALID_ARGUMENT";
    private static final long DAY_NANOS = TimeUnit.DAYS.toNanos(1);

    @Override
    public Answer missingKey() {
        return error(403, DENIED, "Method doesn't allow unregistered callers. Please use API Key.");
    }

    @Override
    public Answer invalidKey(String bearer) {
        ObjectNode body = body(400, INVALID, "API key not valid. Please pass a valid API key.");
        detail(body, "ErrorInfo").put("reason", "API_KEY_INVALID").put("domain", "googleapis.com");
        return Answer.json(400, body);
    }

    @Override
    public Answer badRequest(String message) {
        return error(400, INVALID, message);
    }

    @Override
    public Answer notFound(String path) {
        return error(404, "NOT_FOUND", "Nothing is served at " + path);
    }

    @Override
    public Answer methodNotAllowed(String method) {
        return error(405, "UNIMPLEMENTED", "Method " + method + " is not served here");
    }

    @Override
    public Answer overLimit(Verdict.Refused refused, Circumstances at) {
        Optional<Duration> wait = Optional.of(Duration.ofNanos(refused.waitNanos()));
        return switch (refused.cause()) {
            case REQUESTS -> quota("GenerateRequests", refused.levels().requests(), wait, at);
            case TOKENS -> quota("GenerateContentInputTokens", refused.levels().tokens(), wait, at);
            case CONCURRENCY -> error(429, EXHAUSTED, "Resource has been exhausted (e.g. check quota).");
            case TOO_LARGE ->
                error(
                        400,
                        INVALID,
                        "The input token count (" + refused.asked()
                                + ") exceeds the maximum number of tokens that this project can use.");
        };
    }

    @Override
    public Answer fault(Fault fault, Circumstances at) {
        return switch (fault.kind()) {
            case INVALID_KEY -> invalidKey(at.bearer());
            case LEAKED_KEY -> error(403, DENIED, "Your API key was reported as leaked. Please use another API key.");
            case NOT_PERMITTED -> error(403, DENIED, "The caller does not have permission");
            case PRECONDITION -> error(400, "FAILED_PRECONDITION", "User location is not supported for the API use.");
            case INSUFFICIENT_CREDITS -> error(402, EXHAUSTED, "Your prepayment credits are depleted.");
            case IN_FLIGHT_BUDGET -> spendLimit(fault.hint(), at);
            case KEY_LIMIT -> quota("PerDay", "GenerateRequests", Optional.empty(), fault.hint(), at);
            case RATE_LIMIT ->
                fault.hint().isEmpty()
                        ? error(429, EXHAUSTED, "Resource has been exhausted (e.g. check quota).")
                        : quota("PerMinute", "GenerateRequests", Optional.empty(), fault.hint(), at);
            case SERVER_ERROR -> error(500, "INTERNAL", "An internal error has occurred.");
            case OVERLOADED -> overloaded(fault.hint());
            default -> throw new IllegalStateException("fault " + fault.kind() + " is not of this dialect");
        };
    }

    @Override
    public String streamError(String id, String model) {
        return Json.text(body(503, "UNAVAILABLE", "The model is overloaded."));
    }

    @Override
    public Answer brokenAnswer(String id, String model) {
        return Answer.json(200, body(503, "UNAVAILABLE", "The model is overloaded."));
    }

    @Override
    public Map<String, String> limitHeaders(Verdict.Levels levels) {
        return Map.of();
    }

    /** A stream that is a list of JSON is one in trouble as well, and so are errors of the endpoints that speak OpenAI's. */
    @Override
    public Answer at(HttpRequest request, Answer error) {
        boolean listed = request.path().endsWith(":streamGenerateContent")
                && request.parameter("alt").filter("sse"::equals).isEmpty();
        boolean wrapped = listed || request.path().contains("/openai/");
        return wrapped && error.status() >= 400
                ? new Answer(error.status(), error.headers(), "[" + error.body() + "]")
                : error;
    }

    private static Answer quota(String what, Optional<Verdict.Level> limit, Optional<Duration> wait, Circumstances at) {
        boolean daily = limit.filter(level -> level.rate().window().toNanos() >= DAY_NANOS)
                .isPresent();
        return quota(daily ? "PerDay" : "PerMinute", what, limit, wait, at);
    }

    private static Answer quota(
            String window, String what, Optional<Verdict.Level> limit, Optional<Duration> wait, Circumstances at) {
        ObjectNode body = body(429, EXHAUSTED, "You exceeded your current quota." + pleaseRetry(wait));
        ObjectNode violation =
                detail(body, "QuotaFailure").putArray("violations").addObject();
        violation.put("quotaMetric", "generativelanguage.googleapis.com/" + metric(what));
        violation.put("quotaId", what + window + "PerProjectPerModel");
        violation.putObject("quotaDimensions").put("location", "global").put("model", at.model());
        limit.ifPresent(
                level -> violation.put("quotaValue", Long.toString(level.rate().amount())));
        wait.ifPresent(delay -> retryInfo(body, delay));
        return Answer.json(429, body);
    }

    private static String metric(String what) {
        return what.equals("GenerateRequests") ? "generate_content_requests" : "generate_content_input_token_count";
    }

    private static Answer spendLimit(Optional<Duration> wait, Circumstances at) {
        ObjectNode body = body(429, EXHAUSTED, "The spend limit of this project is reached." + pleaseRetry(wait));
        detail(body, "QuotaFailure")
                .putArray("violations")
                .addObject()
                .put("quotaMetric", "generativelanguage.googleapis.com/spend")
                .put("quotaId", "SpendPerProjectPer10Minutes")
                .putObject("quotaDimensions")
                .put("model", at.model());
        wait.ifPresent(delay -> retryInfo(body, delay));
        return Answer.json(429, body);
    }

    private static Answer overloaded(Optional<Duration> wait) {
        ObjectNode body = body(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");
        wait.ifPresent(delay -> retryInfo(body, delay));
        return Answer.json(503, body);
    }

    private static void retryInfo(ObjectNode body, Duration wait) {
        detail(body, "RetryInfo").put("retryDelay", seconds(wait));
    }

    private static String pleaseRetry(Optional<Duration> wait) {
        return wait.map(delay -> " Please retry in " + seconds(delay) + ".").orElse("");
    }

    /** As protobuf writes a duration. */
    private static String seconds(Duration wait) {
        long millis = Durations.ceilMillis(wait.toNanos());
        return millis % 1_000 == 0
                ? millis / 1_000 + "s"
                : millis / 1_000 + "." + String.format("%03d", millis % 1_000) + "s";
    }

    private static ObjectNode detail(ObjectNode body, String type) {
        ObjectNode error = (ObjectNode) body.get("error");
        ArrayNode details = error.withArray("details");
        return details.addObject().put("@type", TYPE + type);
    }

    private static Answer error(int status, String word, String message) {
        return Answer.json(status, body(status, word, message));
    }

    private static ObjectNode body(int status, String word, String message) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.putObject("error").put("code", status).put("message", message).put("status", word);
        return body;
    }
}
