package io.keycoord.redis;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Scripts without a server, and their messages. */
final class HostedScriptRunner implements ScriptRunner {
    private final ScriptHost host;

    HostedScriptRunner(ScriptHost host) {
        this.host = host;
    }

    @Override
    public Reply run(Script script, String redisKey, List<String> args) {
        return new Reply(script, host.run(script.file(), redisKey, args));
    }

    @Override
    public WakeupChannel wakeups() {
        return new Channel(host);
    }

    @Override
    public void close() {
        // The host is the caller's.
    }

    private static final class Channel implements WakeupChannel {
        private final ScriptHost host;
        private @Nullable Runnable end; // guarded by this
        private boolean closed; // guarded by this

        Channel(ScriptHost host) {
            this.host = host;
        }

        @Override
        public void open(String name, Listener listener) {
            synchronized (this) {
                if (closed) {
                    return;
                }
                end = host.subscribe(name, listener::message);
            }
            listener.changed();
        }

        @Override
        public synchronized boolean isOpen() {
            return end != null && !closed;
        }

        @Override
        public synchronized void close() {
            closed = true;
            if (end != null) {
                end.run();
            }
        }
    }
}
