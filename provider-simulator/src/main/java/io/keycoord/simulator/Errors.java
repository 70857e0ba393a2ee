package io.keycoord.simulator;

import java.util.Map;

/** The answers of one dialect that are no completion. Safe for use by many threads. */
interface Errors {

    /** No usable {@code Authorization: Bearer}, or {@code x-api-key} and the like in the dialects that have it. */
    Answer missingKey();

    /** A value that no configured key has, or a key that is no longer valid. */
    Answer invalidKey(String bearer);

    Answer badRequest(String message);

    Answer notFound(String path);

    Answer methodNotAllowed(String method);

    /** The limits refused the call. */
    Answer overLimit(Verdict.Refused refused, Circumstances at);

    /** A fault of the kinds that refuse. */
    Answer fault(Fault fault, Circumstances at);

    /** The error object for a stream that breaks after it began, or for a plain answer of status 200. */
    String streamError(String id, String model);

    /** The plain answer of status 200 that carries an error. */
    Answer brokenAnswer(String id, String model);

    /** What every answer to a known key tells about its account's limits. */
    Map<String, String> limitHeaders(Verdict.Levels levels);

    /** How an error looks at the address of a request. */
    default Answer at(HttpRequest request, Answer error) {
        return error;
    }

    /** What an error answer may mention. */
    record Circumstances(String account, String model, String bearer, long nowNanos) {}

    static Errors of(Dialect dialect, NanoClock clock) {
        return switch (dialect) {
            case OPENROUTER -> new OpenRouterErrors();
            case OPENAI -> new OpenAiErrors();
            case ANTHROPIC -> new AnthropicErrors(clock);
            case GEMINI -> new GeminiErrors();
        };
    }
}
