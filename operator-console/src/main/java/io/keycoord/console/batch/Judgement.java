package io.keycoord.console.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.keycoord.Acquisition.Reason;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Outcome;
import io.keycoord.Outcome.Kind;
import io.keycoord.console.batch.Frame.Verdict;
import io.keycoord.console.batch.file.OutputLine;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What is to become of a line, from the way its call ended. Whose fault an answer is has been decided by the SDK, by the
 * provider's own rules; the status decides only where no lease tells.
 *
 * @param code a machine word; empty for {@link Verdict#ANSWERED}
 * @param message for people; empty for {@link Verdict#ANSWERED}
 * @param retryAfter the earliest useful retry; zero if unknown
 */
record Judgement(Verdict verdict, String code, String message, Duration retryAfter) {
    private static final int SHOWN = 300;
    private static final Judgement ANSWERED = new Judgement(Verdict.ANSWERED, "", "", Duration.ZERO);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of an answer that was read to its end. */
    static Judgement of(int status, String body, Optional<Outcome> last) {
        if (status / 100 == 2 && !OutputLine.isJson(body)) {
            return failed(Verdict.HOPELESS, "invalid_response", "the provider answered " + status + " without JSON");
        }
        Kind kind = last.map(Outcome::kind).orElseGet(() -> kindOf(status));
        if (kind == Kind.SUCCESS || kind == Kind.CALLER_FAULT) {
            return ANSWERED;
        }
        Verdict verdict = status == 429 || status == 503 || status == 529 ? Verdict.OVERLOADED : Verdict.RETRY;
        String code = status / 100 == 2 ? "failed_answer" : "http_" + status;
        Duration rest = last.map(outcome -> outcome.block().duration()).orElse(Duration.ZERO);
        return new Judgement(verdict, code, "the provider answered " + status + detail(status, body), rest);
    }

    /** Of a call that no key could be leased for. */
    static Judgement of(KeyUnavailableException denied) {
        Reason reason = denied.reason();
        String code = reason.isFinal() ? reason.name().toLowerCase(Locale.ROOT) : "no_key";
        boolean busy = reason == Reason.RATE_LIMITED || reason == Reason.CONCURRENCY;
        Verdict verdict = reason.isFinal() ? Verdict.HOPELESS : busy ? Verdict.OVERLOADED : Verdict.RETRY;
        return new Judgement(verdict, code, "" + denied.getMessage(), denied.retryAfter());
    }

    /** Of a call that failed otherwise. */
    static Judgement of(Exception failure) {
        String what = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        return failed(Verdict.RETRY, failure instanceof InterruptedIOException ? "timeout" : "network", what);
    }

    static Judgement failed(Verdict verdict, String code, String message) {
        return new Judgement(verdict, code, message, Duration.ZERO);
    }

    private static Kind kindOf(int status) {
        if (status / 100 == 2) {
            return Kind.SUCCESS;
        }
        return switch (status) {
            case 400, 404, 405, 409, 410, 411, 413, 414, 415, 422 -> Kind.CALLER_FAULT;
            default -> Kind.PROVIDER_FAILED;
        };
    }

    // What a provider says about a refused key may quote the key.
    private static String detail(int status, String body) {
        if (status == 401 || status == 403) {
            return "";
        }
        try {
            String text = JSON.readTree(body).path("error").path("message").asText("");
            String shown = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
            return shown.isEmpty() ? "" : ": " + shown;
        } catch (JsonProcessingException e) {
            return "";
        }
    }
}
