package io.keycoord.sdk.openrouter;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs something once if a time is over before it was ended. Safe for use by many threads. */
final class TimeLimit {
    private final CompletableFuture<Void> running = new CompletableFuture<>();

    private TimeLimit() {}

    /** {@code over} runs on a thread of the common pool. */
    static TimeLimit of(long nanos, Runnable over) {
        TimeLimit limit = new TimeLimit();
        var unused = limit.running.orTimeout(nanos, TimeUnit.NANOSECONDS).whenCompleteAsync((ended, timeout) -> {
            if (timeout != null) {
                over.run();
            }
        });
        return limit;
    }

    void end() {
        running.complete(null);
    }
}
