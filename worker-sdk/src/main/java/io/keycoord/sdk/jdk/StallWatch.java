package io.keycoord.sdk.jdk;

import io.keycoord.sdk.AnswerStalledException;
import io.keycoord.sdk.call.AnswerLimits;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks after one try: adds up for how long its provider has been waited for since it last sent data, and strikes once when
 * that is too long. Holds no thread: one timer of the JDK's at most, which looks when it could be too long, and a thread of
 * the executor for the strike. Safe for use by many threads.
 */
final class StallWatch {
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(10);
    private static final Duration LONGEST = Duration.ofDays(1);

    private final Optional<Duration> first;
    private final Duration idle;
    private final Executor executor;
    private @Nullable Consumer<AnswerStalledException> stalled; // guarded by this
    private @Nullable AnswerStalledException struck; // guarded by this
    private @Nullable CompletableFuture<Void> timer; // guarded by this
    private long waitedNanos; // guarded by this
    private long sinceNanos; // guarded by this
    private boolean waiting; // guarded by this
    private boolean begun; // guarded by this
    private boolean over; // guarded by this

    /**
     * Begins without waiting.
     *
     * @param timeout of the request: whoever waits longer than usual for the headers does so for the body
     */
    StallWatch(AnswerLimits limits, Optional<Duration> timeout, Executor executor) {
        this.first = limits.firstToken();
        this.idle = limits.idle()
                .or(() -> timeout.filter(longer -> longer.compareTo(LONGEST_SILENCE) > 0))
                .map(limit -> limit.compareTo(LONGEST) > 0 ? LONGEST : limit)
                .orElse(LONGEST_SILENCE);
        this.executor = executor;
    }

    /** What is done when it strikes; replaces what was to be done before. At once, if it has struck. */
    void onStall(Consumer<AnswerStalledException> action) {
        AnswerStalledException why;
        synchronized (this) {
            stalled = action;
            why = struck;
        }
        if (why != null) {
            action.accept(why);
        }
    }

    /** Why it has struck, if it has. */
    synchronized Optional<AnswerStalledException> struck() {
        return Optional.ofNullable(struck);
    }

    /** The provider is waited for. */
    synchronized void waiting() {
        if (waiting || over) {
            return;
        }
        waiting = true;
        sinceNanos = System.nanoTime();
        if (timer == null) {
            arm();
        }
    }

    /** Nothing is wanted of the provider just now. */
    synchronized void resting() {
        if (waiting) {
            waitedNanos += System.nanoTime() - sinceNanos;
            waiting = false;
        }
    }

    /** The headers have come. They are no data, but without a limit of its own for the first data a piece of the answer. */
    synchronized void headersCame() {
        if (first.isEmpty()) {
            fresh();
        }
    }

    /** Data has come. */
    synchronized void dataCame() {
        boolean otherLimit = !begun && first.isPresent();
        begun = true;
        fresh();
        if (otherLimit && timer != null) {
            disarm();
            if (waiting && !over) {
                arm();
            }
        }
    }

    private synchronized void fresh() {
        waitedNanos = 0;
        sinceNanos = System.nanoTime();
    }

    /** The try is over. */
    synchronized void end() {
        over = true;
        disarm();
    }

    private synchronized Duration limit() {
        return begun ? idle : first.orElse(idle);
    }

    private synchronized long leftNanos() {
        return limit().toNanos() - waitedNanos - (System.nanoTime() - sinceNanos);
    }

    private synchronized void arm() {
        CompletableFuture<Void> next = new CompletableFuture<>();
        timer = next;
        var unused = next.completeOnTimeout(null, Math.max(1, leftNanos()), TimeUnit.NANOSECONDS)
                .thenRun(() -> {
                    if (isArmed(next)) {
                        executor.execute(() -> look(next));
                    }
                });
    }

    private synchronized boolean isArmed(CompletableFuture<Void> mine) {
        return timer == mine;
    }

    /** Completing the timer ends the JDK's own; cancelling it costs an exception, and with some JDKs lets that one run on. */
    private synchronized void disarm() {
        CompletableFuture<Void> armed = timer;
        timer = null;
        if (armed != null) {
            armed.complete(null);
        }
    }

    private void look(CompletableFuture<Void> mine) {
        AnswerStalledException why;
        Consumer<AnswerStalledException> action;
        synchronized (this) {
            if (timer != mine) {
                return;
            }
            timer = null;
            if (over || !waiting) {
                return;
            }
            if (leftNanos() > 0) {
                arm();
                return;
            }
            over = true;
            why = new AnswerStalledException(limit(), begun);
            struck = why;
            action = stalled;
        }
        if (action != null) {
            action.accept(why);
        }
    }
}
