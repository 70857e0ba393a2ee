package io.keycoord.console.batch;

/** What a worker lets the run know. {@code worker} is the number the run gave it. */
sealed interface WorkerEvent {

    int worker();

    /** A frame came. */
    record Said(int worker, Frame frame) implements WorkerEvent {}

    /** The worker is gone, or talks nonsense and was ended. */
    record Ended(int worker, String why) implements WorkerEvent {}

    /** Nothing of a worker's: the run was asked to stop. */
    record Stop() implements WorkerEvent {
        @Override
        public int worker() {
            return -1;
        }
    }
}
