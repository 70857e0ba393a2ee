package io.keycoord.clients;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Receives LangChain4j's pieces of an answer, and has enough after so many of them. */
final class StreamedAnswer implements StreamingChatResponseHandler {
    private final int enough;
    private final AtomicInteger pieces = new AtomicInteger();
    private final CompletableFuture<String> whole = new CompletableFuture<>();
    private final CompletableFuture<Integer> cancelled = new CompletableFuture<>();

    StreamedAnswer(int enough) {
        this.enough = enough;
    }

    CompletableFuture<String> whole() {
        return whole;
    }

    CompletableFuture<Integer> cancelled() {
        return cancelled;
    }

    @Override
    public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
        if (pieces.incrementAndGet() == enough) {
            context.streamingHandle().cancel();
            cancelled.complete(enough);
        }
    }

    @Override
    public void onCompleteResponse(ChatResponse answer) {
        whole.complete(answer.aiMessage().text());
    }

    @Override
    public void onError(Throwable failure) {
        whole.completeExceptionally(failure);
    }
}
