package io.keycoord.sdk.openrouter;

import io.keycoord.sdk.CallWindow;
import io.keycoord.sdk.openrouter.BatchResult.Completed;
import io.keycoord.sdk.openrouter.BatchResult.Failed;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Many calls, as many at the same time as the window admits. For one thread, which waits for them. */
final class BatchRun {

    /** That the call of a request has ended, and which one in the window it was. */
    private record End(int index, long number) {}

    private final Function<ChatRequest, CompletableFuture<ChatCompletion>> calls;
    private final List<ChatRequest> requests;
    private final CallWindow window;
    private final List<CompletableFuture<ChatCompletion>> begun = new ArrayList<>();
    private final BlockingQueue<End> ends = new LinkedBlockingQueue<>();

    BatchRun(
            Function<ChatRequest, CompletableFuture<ChatCompletion>> calls,
            List<ChatRequest> requests,
            BatchOptions options) {
        this.calls = calls;
        this.requests = List.copyOf(requests);
        this.window = new CallWindow(options.maxConcurrent());
    }

    /** An interrupt cancels what is under way, so that what was answered, and paid for, is not lost. */
    List<BatchResult> run() {
        try {
            for (int ended = 0; ended < requests.size(); ended++) {
                begin(ended);
                note(ends.take());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            begun.forEach(call -> call.cancel(true));
        }
        return IntStream.range(0, requests.size()).mapToObj(this::result).toList();
    }

    private void begin(int ended) {
        while (begun.size() < requests.size() && begun.size() - ended < window.size()) {
            End end = new End(begun.size(), window.onSent());
            CompletableFuture<ChatCompletion> call = calls.apply(requests.get(end.index()));
            begun.add(call);
            var unused = call.whenComplete((completion, failure) -> ends.add(end));
        }
    }

    private void note(End end) {
        BatchResult result = result(end.index());
        if (result instanceof Completed) {
            window.onAnswer();
        } else if (result instanceof Failed failed && failed.error().isOverload()) {
            window.onOverload(end.number());
        }
    }

    private BatchResult result(int index) {
        if (index >= begun.size()) {
            return new Failed(index, new TransportException("not sent, for the batch was interrupted", null));
        }
        try {
            return new Completed(index, begun.get(index).join());
        } catch (CancellationException e) {
            return new Failed(index, new TransportException("cancelled, for the batch was interrupted", e));
        } catch (CompletionException e) {
            return new Failed(index, Refusals.ofCall(e.getCause() == null ? e : e.getCause()));
        }
    }
}
