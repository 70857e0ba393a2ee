package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Threads that call Redis for callers who have less time than a call may take when Redis is silent: no client lets a
 * caller go before its own time-outs. Who has more time calls by itself, and pays for no other thread. Safe for use by many
 * threads.
 */
final class Senders {
    /** What clients wait for an answer, as a rule. */
    private static final Duration ANSWER = Duration.ofSeconds(1);

    /** What clients wait in all at worst, besides repeats: for a connection, for its greeting, and for an answer. */
    private static final Duration WORST = Duration.ofSeconds(5);

    private final Executor threads;
    private final Duration timeout;
    private final long worstNanos;

    /** {@code failoverWait}: how long calls are repeated, and copies waited for. */
    Senders(Executor threads, Duration failoverWait) {
        this.threads = threads;
        this.timeout = failoverWait.plus(ANSWER);
        this.worstNanos = failoverWait.plus(WORST).toNanos();
    }

    /** Whether a caller may call by itself; one without a deadline waits as long as a call takes. */
    boolean spares(@Nullable Deadline deadline) {
        return deadline == null || deadline.left() >= worstNanos;
    }

    /** When a caller gives up what others do for it. */
    Deadline until(@Nullable Deadline deadline) {
        return deadline != null ? deadline : Deadline.after(timeout);
    }

    /** Runs what may wait for Redis; on the caller's own thread once this worker is closed. */
    void execute(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    /**
     * Runs what calls {@code script}, and returns at its end. An interrupt does not end the wait.
     *
     * @throws StoreUnavailableException of kind LATE if the deadline is before; it goes on all the same
     */
    void run(Script script, @Nullable Deadline deadline, Runnable task) {
        if (spares(deadline)) {
            task.run();
            return;
        }
        try {
            CompletableFuture.runAsync(task, this::execute)
                    .orTimeout(until(deadline).left(), TimeUnit.NANOSECONDS)
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TimeoutException) {
                throw late(script);
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** What a call fails with whose caller goes before its end. */
    static StoreUnavailableException late(Script script) {
        return new StoreUnavailableException(
                script.file(), "Redis has not answered within the time of the caller", Trouble.LATE, null);
    }
}
