package io.keycoord.sdk.openrouter;

import io.keycoord.KeyCoordinator;
import io.keycoord.sdk.okhttp.JsonAnswer;
import io.keycoord.sdk.okhttp.JsonCall;
import io.keycoord.sdk.okhttp.JsonCalls;
import io.keycoord.sdk.okhttp.LeasedHttp;
import io.keycoord.sdk.provider.Dialect;
import java.io.IOException;

/**
 * Chat completions of OpenRouter over the leased keys of a pool:
 *
 * <pre>{@code
 * OpenRouterClient chat = OpenRouterClient.create(keys, "openrouter");
 * String text = chat.complete(ChatRequest.of("openai/gpt-4o-mini", "Hello")).text();
 * }</pre>
 *
 * <p>Each call leases, signs, retries and settles as {@link LeasedHttp} does, and nothing is repeated above that. The
 * pool's {@code headers} tell OpenRouter whose application it is. Safe for use by many threads; needs no closing, and is
 * of no use once {@code keys} is closed.
 */
public final class OpenRouterClient {
    private static final String PATH = "chat/completions";

    private final JsonCalls calls;
    private final Answers answers;

    private OpenRouterClient(JsonCalls calls, Refusals refusals) {
        this.calls = calls;
        this.answers = new Answers(refusals);
    }

    /**
     * A client with the standard options.
     *
     * @throws IllegalArgumentException if the pool is not configured
     */
    public static OpenRouterClient create(KeyCoordinator keys, String pool) {
        return create(keys, pool, LeasedHttp.Options.standard());
    }

    /**
     * A client.
     *
     * @throws IllegalArgumentException if the pool is not configured
     */
    public static OpenRouterClient create(KeyCoordinator keys, String pool, LeasedHttp.Options options) {
        Dialect dialect = Dialect.of(keys.pool(pool).provider());
        return new OpenRouterClient(JsonCalls.of(keys, pool, options), new Refusals(dialect, options.clock()));
    }

    /**
     * Waits for a key and for the whole answer.
     *
     * @throws NoKeyException if no key could be leased in time; nothing was sent
     * @throws RefusedException if the provider refused it, or its answer turned into an error
     * @throws TransportException if no whole answer came
     */
    public ChatCompletion complete(ChatRequest request) {
        return complete(newCall(request));
    }

    private ChatCompletion complete(JsonCall call) {
        try (JsonAnswer answer = call.execute()) {
            return answers.completion(answer);
        } catch (IOException e) {
            throw Refusals.failed(e);
        }
    }

    private JsonCall newCall(ChatRequest request) {
        return calls.newCall(PATH, request.bytes(), request.priority(), request.affinity());
    }
}
