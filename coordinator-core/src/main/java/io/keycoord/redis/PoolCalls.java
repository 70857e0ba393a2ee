package io.keycoord.redis;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How the acquires and settlements of one pool reach Redis. Safe for use by many threads. */
interface PoolCalls {

    /** Told how a call has ended whose caller had gone by then. Waits for nothing, for it runs on somebody else's thread. */
    @FunctionalInterface
    interface Late {
        Late NOTHING = end -> {};

        /** What {@code end} returns or throws is what {@link #run} would have returned or thrown. */
        void ended(Supplier<Reply> end);
    }

    /**
     * Runs {@link Script#ACQUIRE} or {@link Script#SETTLE} with its arguments.
     *
     * @param deadline until when the caller waits; null if as long as a call may take
     * @param late told if the caller has gone before the end of what it had sent
     * @throws io.keycoord.StoreUnavailableException as {@link ScriptRunner#run} does; of kind LATE if the caller's time is
     *     over before the end. What was not sent by then never is
     * @throws IllegalStateException as {@link ScriptRunner#run} does
     */
    Reply run(Script script, List<String> args, @Nullable Deadline deadline, Late late);

    /** Runs a settlement for which nobody waits, and tells {@code late} of its end. Returns at once. */
    void post(List<String> args, Late late);
}
