package io.keycoord.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Errors as OpenAI gives them: a type, a code, and hints in headers and prose. */
final class OpenAiErrors implements Errors {

    private static final String RATE_CODE = "rate_limit_exceeded";

    @Override
    public Answer missingKey() {
        return error(401, "You didn't provide an API key.", "invalid_request_error", null);
    }

    @Override
    public Answer invalidKey(String bearer) {
        return error(
                401, "Incorrect API key provided: " + mask(bearer) + ".", "invalid_request_error", "invalid_api_key");
    }

    @Override
    public Answer badRequest(String message) {
        return error(400, message, "invalid_request_error", null);
    }

    @Override
    public Answer notFound(String path) {
        return error(404, "Nothing is served at " + path, "invalid_request_error", "unknown_url");
    }

    @Override
    public Answer methodNotAllowed(String method) {
        return error(405, "Method " + method + " is not served here", "invalid_request_error", "method_not_supported");
    }

    @Override
    public Answer overLimit(Verdict.Refused refused, Circumstances at) {
        return switch (refused.cause()) {
            case REQUESTS -> limited("requests", "RP", refused.levels().requests(), 1, refused.waitNanos(), at);
            case TOKENS -> limited("tokens", "TP", refused.levels().tokens(), refused.asked(), refused.waitNanos(), at);
            case CONCURRENCY ->
                error(429, "Too many requests at the same time in " + organization(at) + ".", "requests", RATE_CODE);
            case TOO_LARGE -> tooLarge(refused, at);
        };
    }

    @Override
    public Answer fault(Fault fault, Circumstances at) {
        Optional<Duration> hint = fault.hint();
        return switch (fault.kind()) {
            case INVALID_KEY -> invalidKey(at.bearer());
            case INSUFFICIENT_CREDITS -> error(429, "No credit left", "insufficient_quota", "credit_balance_exhausted");
            case IN_FLIGHT_BUDGET -> retryAfter(error(429, "Ramp up slower", "rate_limit_error", "slow_down"), hint);
            case KEY_LIMIT ->
                error(
                        429,
                        "The project's spend limit is reached",
                        "insufficient_quota",
                        "project_spend_limit_exceeded");
            case RATE_LIMIT ->
                retryAfter(error(429, "Rate limit reached" + tryAgain(hint), "requests", RATE_CODE), hint);
            case SERVER_ERROR -> error(500, "The server had an error", "server_error", null);
            case OVERLOADED ->
                retryAfter(error(503, "Overloaded", "service_unavailable_error", "server_is_overloaded"), hint);
            default -> throw new IllegalStateException("fault " + fault.kind() + " is not of this dialect");
        };
    }

    @Override
    public String streamError(String id, String model) {
        return Json.text(body("The server had an error", "server_error", null));
    }

    @Override
    public Answer brokenAnswer(String id, String model) {
        return Answer.json(200, body("The server had an error", "server_error", null));
    }

    @Override
    public Map<String, String> limitHeaders(Verdict.Levels levels) {
        Map<String, String> headers = new LinkedHashMap<>();
        levels.requests().ifPresent(level -> addHeaders(headers, "requests", level));
        levels.tokens().ifPresent(level -> addHeaders(headers, "tokens", level));
        return headers;
    }

    /** The reset is when the limit is wholly unused again, not when the next call passes. */
    private static void addHeaders(Map<String, String> headers, String what, Verdict.Level level) {
        headers.put("x-ratelimit-limit-" + what, Long.toString(level.rate().amount()));
        headers.put("x-ratelimit-remaining-" + what, Long.toString(level.remaining()));
        headers.put("x-ratelimit-reset-" + what, goDuration(Durations.ceilMillis(level.untilFullNanos())));
    }

    private static Answer limited(
            String type, String letters, Optional<Verdict.Level> limit, long asked, long waitNanos, Circumstances at) {
        Verdict.Level level =
                limit.orElseThrow(() -> new IllegalStateException("refused by a limit that is not there"));
        Optional<Duration> hint = Optional.of(Duration.ofNanos(waitNanos));
        long used = Math.max(0, level.rate().burst() - level.remaining());
        String message = "Rate limit reached for " + at.model() + " in " + organization(at) + " on "
                + per(type, letters, level.rate()) + ": Limit " + level.rate().amount() + ", Used " + used
                + ", Requested " + asked + tryAgain(hint);
        return retryAfter(error(429, message, type, RATE_CODE), hint);
    }

    private static Answer tooLarge(Verdict.Refused refused, Circumstances at) {
        Verdict.Level level = refused.levels()
                .tokens()
                .orElseThrow(() -> new IllegalStateException("too large for a limit that is not there"));
        String message = "Request too large for " + at.model() + " in " + organization(at) + " on "
                + per("tokens", "TP", level.rate()) + ": Limit " + level.rate().burst() + ", Requested "
                + refused.asked() + ".";
        return error(429, message, "tokens", RATE_CODE);
    }

    private static String per(String type, String letters, Rate rate) {
        return switch (Durations.text(rate.window())) {
            case "1m" -> type + " per min (" + letters + "M)";
            case "1d" -> type + " per day (" + letters + "D)";
            default -> type + " per " + Durations.text(rate.window());
        };
    }

    private static String tryAgain(Optional<Duration> hint) {
        return hint.map(wait -> ". Please try again in " + prose(Durations.ceilMillis(wait.toNanos())) + ".")
                .orElse(".");
    }

    private static Answer retryAfter(Answer answer, Optional<Duration> hint) {
        return hint.map(wait -> answer.with(Map.of(
                        "retry-after", Long.toString(Durations.ceilSeconds(wait.toNanos())),
                        "retry-after-ms", Long.toString(Durations.ceilMillis(wait.toNanos())))))
                .orElse(answer);
    }

    private static String organization(Circumstances at) {
        return "organization org-" + at.account();
    }

    private static Answer error(int status, String message, String type, @Nullable String code) {
        return Answer.json(status, body(message, type, code));
    }

    private static ObjectNode body(String message, String type, @Nullable String code) {
        ObjectNode body = Json.MAPPER.createObjectNode();
        body.putObject("error")
                .put("message", message)
                .put("type", type)
                .putNull("param")
                .put("code", code);
        return body;
    }

    /** As people read it: 644ms, 3.89s. */
    private static String prose(long millis) {
        return millis < 1_000 ? millis + "ms" : seconds(millis);
    }

    /** As Go prints it: 0s, 41ms, 7.66s, 6m0s, 1h0m0s. */
    static String goDuration(long millis) {
        if (millis == 0) {
            return "0s";
        }
        if (millis < 60_000) {
            return prose(millis);
        }
        long hours = millis / 3_600_000;
        String minutes = millis / 60_000 % 60 + "m" + seconds(millis % 60_000);
        return hours == 0 ? minutes : hours + "h" + minutes;
    }

    private static String seconds(long millis) {
        String text = millis / 1_000 + "." + String.format("%03d", millis % 1_000);
        return text.replaceAll("\\.?0+$", "") + "s";
    }

    private static String mask(String bearer) {
        return bearer.length() < 12 ? "****" : bearer.substring(0, 3) + "****" + bearer.substring(bearer.length() - 4);
    }
}
