package io.keycoord.simulator;

import java.util.Optional;

/** What an account says to a call. */
sealed interface Verdict {

    /** What was left right after the decision. */
    Levels levels();

    /** Admitted and charged. */
    record Admitted(Levels levels) implements Verdict {}

    /**
     * Not admitted.
     *
     * @param cause the limit that holds the call back longest
     * @param waitNanos until this very call would be admitted if no other came; 0 when that cannot be known
     * @param asked tokens asked for
     */
    record Refused(Cause cause, long waitNanos, long asked, Levels levels) implements Verdict {}

    /** Which limit refused. */
    enum Cause {
        REQUESTS,
        TOKENS,
        CONCURRENCY,
        /** More tokens than the limit could ever hold. */
        TOO_LARGE
    }

    /** Both rates, where they are limited. */
    record Levels(Optional<Level> requests, Optional<Level> tokens) {

        static final Levels NONE = new Levels(Optional.empty(), Optional.empty());
    }

    /** One rate: its configuration, what fits now, and how long until nothing is used any more. */
    record Level(Rate rate, long remaining, long untilFullNanos) {}
}
