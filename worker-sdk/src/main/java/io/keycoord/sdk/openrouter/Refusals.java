package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.keycoord.sdk.Classification;
import io.keycoord.sdk.ErrorAnswer;
import io.keycoord.sdk.LeaseUnavailableException;
import io.keycoord.sdk.LimitReader;
import io.keycoord.sdk.OutcomeClassifier;
import io.keycoord.sdk.UnmatchedAnswers;
import io.keycoord.sdk.okhttp.JsonAnswer;
import io.keycoord.sdk.provider.Dialect;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Optional;

/** Turns what is not an answer of the model into the exceptions of this package. Safe for use by many threads. */
final class Refusals {
    private static final int SHOWN = 300;

    private final OutcomeClassifier classifier;

    Refusals(Dialect dialect, Clock clock) {
        LimitReader limits = new LimitReader(dialect.limits(), clock);
        // Counted where the call is judged, not here again.
        this.classifier = new OutcomeClassifier(dialect.name(), dialect.rules(), limits, clock, new UnmatchedAnswers());
    }

    /** Of an unsuccessful answer, from the beginning of its body. */
    RefusedException refused(JsonAnswer answer, byte[] head) {
        ErrorAnswer error = ErrorAnswer.of(answer.status(), answer.headers(), head);
        JsonNode body = Json.read(new String(head, StandardCharsets.UTF_8))
                .<JsonNode>map(object -> object)
                .orElseGet(MissingNode::getInstance);
        return exception(answer.status(), classifier.classify(error, false), body.path("error"), answer);
    }

    /** Throws if there is an error inside a body, or a chunk of a stream, that began as a success. */
    void refuseInside(JsonNode body, JsonAnswer answer) {
        JsonNode choice = body.path("choices").path(0);
        JsonNode error = body.path("error").isObject() ? body.path("error") : choice.path("error");
        if (error.isObject() || choice.path("finish_reason").asText("").equals("error")) {
            Optional<ErrorAnswer> told =
                    ErrorAnswer.inside(Json.bytes(Json.object().set("error", error)));
            int status = told.map(ErrorAnswer::status).filter(code -> code > 0).orElse(answer.status());
            throw exception(status, classifier.classifyEmbedded(told, false), error, answer);
        }
    }

    private static RefusedException exception(int status, Classification trouble, JsonNode error, JsonAnswer answer) {
        String code = error.path("code").asText(error.path("http_status").asText(""));
        String message =
                error.isTextual() ? error.asText() : error.path("message").asText("");
        return new RefusedException(
                status,
                trouble.fault(),
                shortened(answer.withoutSecrets(code)),
                shortened(answer.withoutSecrets(message)),
                trouble.rest());
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }

    static OpenRouterException failed(IOException failure) {
        if (failure instanceof LeaseUnavailableException unavailable) {
            return new NoKeyException(unavailable);
        }
        Throwable told = failure.getCause() instanceof IllegalArgumentException wrong ? wrong : failure;
        String why = told.getMessage() == null ? told.getClass().getSimpleName() : told.getMessage();
        return new TransportException("no whole answer: " + why, failure);
    }

    /** Whatever a call ended with. */
    static OpenRouterException ofCall(Throwable failure) {
        return failure instanceof OpenRouterException told
                ? told
                : new TransportException(
                        "the call failed: " + failure.getClass().getSimpleName(), failure);
    }
}
