package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keycoord.sdk.okhttp.JsonAnswer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads whole answers. Safe for use by many threads. */
final class Answers {
    private static final int LARGEST_BYTES = 64 << 20;
    private static final int LARGEST_ERROR_BYTES = 64 << 10;

    private final Refusals refusals;

    Answers(Refusals refusals) {
        this.refusals = refusals;
    }

    /** The completion in an answer, or an {@link OpenRouterException}. */
    ChatCompletion completion(JsonAnswer answer) throws IOException {
        ObjectNode body = object(answer);
        refusals.refuseInside(body, answer);
        return new ChatCompletion(body);
    }

    /** The stream in an answer, or an {@link OpenRouterException}; {@code model} is told once who answers. */
    ChatStream stream(JsonAnswer answer, Consumer<Optional<String>> model) throws IOException {
        refuseUnsuccessful(answer);
        if (!answer.mediaType().equals("text/event-stream")) {
            refusals.refuseInside(body(answer), answer);
            throw new TransportException("the provider answered " + answer.status() + " without a stream", null);
        }
        return new ChatStream(answer, refusals, model);
    }

    private void refuseUnsuccessful(JsonAnswer answer) throws IOException {
        if (answer.status() < 200 || answer.status() > 299) {
            throw refusals.refused(answer, answer.body().readNBytes(LARGEST_ERROR_BYTES));
        }
    }

    /** The object in a successful answer, or an {@link OpenRouterException}. */
    ObjectNode object(JsonAnswer answer) throws IOException {
        refuseUnsuccessful(answer);
        return body(answer);
    }

    private static ObjectNode body(JsonAnswer answer) throws IOException {
        byte[] bytes = answer.body().readNBytes(LARGEST_BYTES + 1);
        if (bytes.length > LARGEST_BYTES) {
            throw new TransportException("the answer is larger than " + LARGEST_BYTES + " bytes", null);
        }
        return Json.read(new String(bytes, StandardCharsets.UTF_8))
                .orElseThrow(() -> new TransportException(
                        "the provider answered " + answer.status() + " without a JSON object", null));
    }
}
