package io.keycoord.console.batch;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/** A worker as the run sees it. Methods return at once unless they say otherwise; what comes of them arrives as {@link WorkerEvent}s. */
interface Worker {

    /** Sends a frame, unless the worker is gone. */
    void send(Frame frame);

    /** Ends it at once. */
    void kill();

    /** Tells it that nothing more comes, upon which it ends by itself. */
    void finish();

    /** Waits until it has ended, and ends it at once when the time is over. */
    void awaitEnd(Duration limit);

    /** Starts workers. */
    @FunctionalInterface
    interface Launcher {

        /**
         * Starts a worker with this number.
         *
         * @param events told from the worker's own threads, {@link WorkerEvent.Ended} last and once
         */
        Worker launch(int number, Consumer<WorkerEvent> events) throws IOException;
    }
}
