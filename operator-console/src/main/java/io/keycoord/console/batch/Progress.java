package io.keycoord.console.batch;

import java.time.Duration;
import java.util.Optional;

/** Shows people how far a run is, several times a second. Implementations are safe for use by many threads. */
public interface Progress {

    /**
     * A moment of a run.
     *
     * @param done lines with an output, those of earlier runs included
     * @param total lines of work
     * @param failed lines of this run that got an error
     * @param inFlight calls under way
     * @param window calls that may be under way at the same time
     * @param keysInUse keys that answered within the last ten seconds
     * @param perSecond lines written in a second, lately
     * @param remaining how long it will take at this rate; empty if that is not known
     * @param elapsed since the run began
     */
    record Snapshot(
            int done,
            int total,
            int failed,
            int inFlight,
            int window,
            int keysInUse,
            double perSecond,
            Optional<Duration> remaining,
            Duration elapsed) {}

    void show(Snapshot now);

    /** A line for people, such as a worker's warning. */
    void note(String text);

    /** Nothing more is shown. */
    void end();
}
