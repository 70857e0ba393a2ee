package io.keycoord.redis;

import io.keycoord.Priority;
import io.keycoord.redis.PoolCalls.Late;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One caller's acquire or settlement on its way to Redis. Its caller waits until its time is over; another thread may answer
 * it.
 */
final class Call {
    /** What has become of it. */
    enum State {
        /** Another call is under way, or another thread makes this one. */
        WAITS,
        /** Its caller is to send what waits. */
        LEADS,
        /** It has been answered, has failed, or is to be sent alone. */
        DECIDED,
        /** Its caller has gone, or never waited. */
        LEFT
    }

    final Batch.Item item;
    final Priority priority;

    /** The caller's own; null if it waits as long as a call takes. */
    final @Nullable Deadline deadline;

    final Late late;
    private final Deadline until;
    private final Thread caller = Thread.currentThread();
    private @Nullable Reply reply; // written before the state is
    private @Nullable RuntimeException failure; // written before the state is
    private volatile State state; // written under the monitor of this

    private Call(Batch.Item item, @Nullable Deadline deadline, Deadline until, Late late, State state) {
        this.item = item;
        this.priority = item.priority();
        this.deadline = deadline;
        this.until = until;
        this.late = late;
        this.state = state;
    }

    /** One whose caller waits {@code until} then. */
    static Call awaited(Batch.Item item, @Nullable Deadline deadline, Deadline until, Late late) {
        return new Call(item, deadline, until, late, State.WAITS);
    }

    /** A settlement for which nobody waits. */
    static Call posted(List<String> args, Late late) {
        Deadline now = Deadline.after(Duration.ZERO);
        return new Call(new Batch.Item(Script.SETTLE, args), now, now, late, State.LEFT);
    }

    /** Waits, by its caller. An interrupt does not end it, and stays set. Still {@link State#WAITS} if its time is over. */
    State await() {
        boolean interrupted = false;
        for (long left = until.left(); state == State.WAITS && left > 0; left = until.left()) {
            LockSupport.parkNanos(this, left);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            caller.interrupt();
        }
        return state;
    }

    /** Its caller goes, unless it is too late to go: what has become of it. */
    synchronized State leave() {
        if (state == State.WAITS) {
            state = State.LEFT;
        }
        return state;
    }

    /** Whether its caller is there to send what waits. */
    boolean leads() {
        synchronized (this) {
            if (state != State.WAITS) {
                return false;
            }
            state = State.LEADS;
        }
        wake();
        return true;
    }

    void answered(Reply own) {
        reply = own;
    }

    void failed(RuntimeException why) {
        failure = why;
    }

    /** Runs it by itself. */
    void make(Supplier<Reply> run) {
        try {
            answered(run.get());
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    /**
     * Ends its wait: with what it has been answered, or to be sent alone if it has not been.
     *
     * @return whether its caller is there to hear of it
     */
    boolean release() {
        synchronized (this) {
            if (state == State.LEFT) {
                return false;
            }
            state = State.DECIDED;
        }
        wake();
        return true;
    }

    private void wake() {
        if (caller != Thread.currentThread()) {
            LockSupport.unpark(caller);
        }
    }

    boolean isAnswered() {
        return reply != null || failure != null;
    }

    @Nullable
    RuntimeException failure() {
        return failure;
    }

    /** Whether it would be granted for nobody. */
    boolean isVain() {
        return state == State.LEFT && item.script() == Script.ACQUIRE;
    }

    /** Once it is answered. */
    Reply answer() {
        if (failure != null) {
            throw failure;
        }
        return Batch.checked(Objects.requireNonNull(reply));
    }
}
