package io.keycoord.sdk.openrouter;

import io.keycoord.KeyCoordinator;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.JsonAnswer;
import io.keycoord.sdk.okhttp.JsonCall;
import io.keycoord.sdk.okhttp.JsonCalls;
import io.keycoord.sdk.okhttp.LeasedHttp;
import io.keycoord.sdk.provider.Dialect;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

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
    private final FallbackAnswers fallbackAnswers = new FallbackAnswers();

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
        return create(keys, pool, CallOptions.standard());
    }

    /**
     * A client.
     *
     * @throws IllegalArgumentException if the pool is not configured
     */
    public static OpenRouterClient create(KeyCoordinator keys, String pool, CallOptions options) {
        Dialect dialect = options.dialect(keys.pool(pool).provider());
        return new OpenRouterClient(JsonCalls.of(keys, pool, options), new Refusals(dialect, options.clock()));
    }

    /**
     * Waits for a key and for the whole answer.
     *
     * @throws NoKeyException if no key could be leased in time; nothing was sent
     * @throws RefusedException if the provider refused it, or its answer turned into an error
     * @throws TransportException if no whole answer came; a {@link TimedOutException} if the request's time was over
     */
    public ChatCompletion complete(ChatRequest request) {
        Deadline deadline = new Deadline(request);
        try (JsonAnswer answer = newCall(request, request.bytes()).execute()) {
            return completion(request, answer);
        } catch (IOException e) {
            throw deadline.failed(e);
        }
    }

    private ChatCompletion completion(ChatRequest request, JsonAnswer answer) throws IOException {
        ChatCompletion completion = answers.completion(answer);
        fallbackAnswers.note(request, completion.model());
        return completion;
    }

    /**
     * The same without waiting: the call is made by a thread of this client, of which 512 may work at once, and what
     * depends on its end runs there too, so it must not block. Cancelling ends the call and gives its key back.
     *
     * @return ends with the answer, or with what {@link #complete} throws
     */
    public CompletableFuture<ChatCompletion> completeAsync(ChatRequest request) {
        JsonCall call = newCall(request, request.bytes());
        CompletableFuture<ChatCompletion> later = new CompletableFuture<>();
        Deadline deadline = new Deadline(request);
        // Also while the call waits for its thread, of which the call's own timeout does not know.
        Optional<TimeLimit> limit = request.timeout()
                .map(most -> TimeLimit.of(most.toNanos(), () -> {
                    later.completeExceptionally(new TimedOutException(most, null));
                    call.cancel();
                }));
        call.enqueue(
                answer -> finish(later, request, answer, deadline),
                failure -> later.completeExceptionally(deadline.failed(failure)));
        var unused = later.whenComplete((completion, failure) -> {
            limit.ifPresent(TimeLimit::end);
            if (later.isCancelled()) {
                call.cancel();
            }
        });
        return later;
    }

    private void finish(
            CompletableFuture<ChatCompletion> later, ChatRequest request, JsonAnswer open, Deadline deadline) {
        try (JsonAnswer answer = open) {
            later.complete(completion(request, answer));
        } catch (IOException e) {
            later.completeExceptionally(deadline.failed(e));
        } catch (RuntimeException | Error e) {
            later.completeExceptionally(e);
        }
    }

    /** As {@link #completeAll(List, BatchOptions)} with the standard options. */
    public List<BatchResult> completeAll(List<ChatRequest> requests) {
        return completeAll(requests, BatchOptions.standard());
    }

    /**
     * Makes many calls and waits for all of them. When one is answered that there are too many, half as many are under way
     * from then on, and slowly more again. Nothing is asked twice.
     *
     * @return as many results as requests, in their order; errors are among them and are not thrown. After an interrupt,
     *     whose mark stays set, what was not answered by then has failed.
     */
    public List<BatchResult> completeAll(List<ChatRequest> requests, BatchOptions options) {
        return new BatchRun(this::completeAsync, requests, options).run();
    }

    /**
     * Waits for a key and for the beginning of an answer, which then comes piece by piece. To be closed. With a timeout of the
     * request it waits for the first piece.
     *
     * @throws NoKeyException if no key could be leased in time; nothing was sent
     * @throws RefusedException if the provider refused it
     * @throws TransportException if no answer came, or no stream
     */
    public ChatStream stream(ChatRequest request) {
        Deadline deadline = new Deadline(request);
        JsonCall call = newCall(request, request.streamedBytes());
        try {
            ChatStream stream = opened(request, call.execute());
            if (request.timeout().isPresent()) {
                stream.awaitFirst(deadline);
                call.endTimeout();
            }
            return stream;
        } catch (IOException e) {
            throw deadline.failed(e);
        }
    }

    /**
     * Hands each piece of an answer to {@code pieces} on this thread, and returns after the last. What {@code pieces}
     * throws ends the stream and is thrown on.
     *
     * @throws NoKeyException if no key could be leased in time; nothing was sent
     * @throws RefusedException if the provider refused it, or the answer turned into an error
     * @throws TransportException if no answer came, or no whole stream
     */
    public void stream(ChatRequest request, Consumer<? super ChatChunk> pieces) {
        try (ChatStream stream = stream(request)) {
            stream.forEachRemaining(pieces);
        }
    }

    private ChatStream opened(ChatRequest request, JsonAnswer answer) throws IOException {
        try {
            return answers.stream(answer, model -> fallbackAnswers.note(request, model));
        } catch (IOException | RuntimeException e) {
            answer.close();
            throw e;
        }
    }

    /** How many answers of this client came from other models than those whose limits were charged. */
    public FallbackAnswers fallbackAnswers() {
        return fallbackAnswers;
    }

    private JsonCall newCall(ChatRequest request, byte[] body) {
        return calls.newCall(PATH, body, request.priority(), request.affinity(), request.timeout());
    }
}
