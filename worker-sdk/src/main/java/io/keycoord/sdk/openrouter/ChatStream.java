package io.keycoord.sdk.openrouter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keycoord.sdk.okhttp.JsonAnswer;
import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it comes, piece by piece. Holds its key until it has ended, failed or been closed, so close it:
 *
 * <pre>{@code
 * try (ChatStream stream = chat.stream(request)) {
 *     stream.forEachRemaining(chunk -> System.out.print(chunk.text()));
 * }
 * }</pre>
 *
 * <p>{@link #hasNext} and {@link #next} wait for the provider. They throw a {@link RefusedException} if the answer turns
 * into an error, and a {@link TransportException} if it breaks off or is not what was expected; the stream is closed then,
 * and nothing is asked again. For one thread.
 */
public final class ChatStream implements Iterator<ChatChunk>, AutoCloseable {
    private static final String DONE = "[DONE]";

    private final JsonAnswer answer;
    private final EventLines events;
    private final Refusals refusals;
    private @Nullable ChatChunk next;
    private Consumer<Optional<String>> model;
    private boolean complete;
    private boolean closed;

    ChatStream(JsonAnswer answer, Refusals refusals, Consumer<Optional<String>> model) {
        this.model = model;
        this.answer = answer;
        this.events = new EventLines(answer.body());
        this.refusals = refusals;
    }

    @Override
    public boolean hasNext() {
        return peek() != null;
    }

    @Override
    public ChatChunk next() {
        ChatChunk chunk = peek();
        if (chunk == null) {
            throw new NoSuchElementException("the stream has ended");
        }
        next = null;
        return chunk;
    }

    /** Waits for the first piece as long as the call may take. */
    void awaitFirst(Deadline deadline) {
        peek(deadline::failed);
    }

    private @Nullable ChatChunk peek() {
        return peek(Refusals::failed);
    }

    private @Nullable ChatChunk peek(Function<IOException, OpenRouterException> failed) {
        if (next == null && !closed) {
            try {
                next = read();
            } catch (IOException e) {
                throw closing(failed.apply(e));
            } catch (OpenRouterException e) {
                throw closing(e);
            }
        }
        return next;
    }

    private @Nullable ChatChunk read() throws IOException {
        Optional<String> data = events.next();
        if (data.isEmpty() || data.get().equals(DONE)) {
            requireComplete(data.isPresent());
            close();
            return null;
        }
        ObjectNode body = Json.read(data.get())
                .orElseThrow(() -> new TransportException("a piece of the stream is no JSON object", null));
        refusals.refuseInside(body, answer);
        ChatChunk chunk = new ChatChunk(body);
        complete |= chunk.finishReason().isPresent();
        if (chunk.model().isPresent()) {
            model.accept(chunk.model());
            model = told -> {};
        }
        return chunk;
    }

    private void requireComplete(boolean marked) {
        if (!marked && !complete) {
            throw new TransportException("the stream broke off before its end", null);
        }
    }

    private OpenRouterException closing(OpenRouterException failure) {
        close();
        return failure;
    }

    /** Ends the stream, also in its middle, and gives the key back. Nothing comes after that. May be repeated. */
    @Override
    public void close() {
        closed = true;
        next = null;
        answer.close();
    }

    @Override
    public String toString() {
        return "ChatStream[" + (closed ? "closed" : "open") + "]";
    }
}
