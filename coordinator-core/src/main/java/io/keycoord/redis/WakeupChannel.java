package io.keycoord.redis;

/**
 * Messages from Redis to this worker, beside {@link ScriptRunner}: somebody who waits here is to ask again. Any of them may
 * be lost; whoever waits asks now and then without one. Safe for use by many threads.
 */
interface WakeupChannel extends AutoCloseable {
    /** For a client that has none: everybody asks now and then. */
    WakeupChannel NONE = new WakeupChannel() {
        @Override
        public void open(String name, Listener listener) {}

        @Override
        public boolean isOpen() {
            return false;
        }

        @Override
        public void close() {}
    };

    /** What is told; it calls nobody and waits for nothing, for it runs on threads of the client. */
    interface Listener {
        void message(String text);

        /** The channel has been opened, again perhaps, or has been lost: messages may be missing. */
        void changed();
    }

    /** Listens from now on, and again after each loss, until {@link #close}. Returns at once; called once. */
    void open(String name, Listener listener);

    /** Whether messages come. */
    boolean isOpen();

    /** Ends what listens, in any state. */
    @Override
    void close();
}
