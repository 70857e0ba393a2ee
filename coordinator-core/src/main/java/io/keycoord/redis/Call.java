package io.keycoord.redis;

import io.keycoord.Priority;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One caller's acquire or settlement while it is with a {@link Combiner}. Its caller waits; another thread may answer it. */
final class Call {
    /** What has become of it. */
    enum State {
        /** Another call is under way. */
        WAITS,
        /** Its caller is to send what waits. */
        LEADS,
        /** It has been answered, has failed, or is to be sent alone. */
        DECIDED
    }

    final Batch.Item item;
    final Priority priority;
    private final Thread caller = Thread.currentThread();
    private @Nullable Reply reply; // written before the state is
    private @Nullable RuntimeException failure; // written before the state is
    private volatile State state = State.WAITS;

    Call(Batch.Item item) {
        this.item = item;
        this.priority = item.priority();
    }

    /** Waits, by its caller. An interrupt does not end it, and stays set. */
    State await() {
        boolean interrupted = false;
        while (state == State.WAITS) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            caller.interrupt();
        }
        return state;
    }

    void leads() {
        state = State.LEADS;
        LockSupport.unpark(caller);
    }

    void answered(Reply own) {
        reply = own;
    }

    void failed(RuntimeException why) {
        failure = why;
    }

    /** Ends its wait: with what it has been answered, or to be sent alone if it has not been. */
    void release() {
        state = State.DECIDED;
        LockSupport.unpark(caller);
    }

    boolean isAnswered() {
        return reply != null || failure != null;
    }

    /** By its caller, once it is answered. */
    Reply answer() {
        if (failure != null) {
            throw failure;
        }
        return Batch.checked(Objects.requireNonNull(reply));
    }
}
