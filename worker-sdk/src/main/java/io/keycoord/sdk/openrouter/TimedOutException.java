package io.keycoord.sdk.openrouter;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The time that a request was given by {@link ChatRequest#withTimeout} was over before its answer was there. */
public final class TimedOutException extends TransportException {
    private static final long serialVersionUID = 1L;

    private final Duration timeout;

    TimedOutException(Duration timeout, @Nullable Throwable cause) {
        super("no answer within the " + timeout + " that the request was given", cause);
        this.timeout = timeout;
    }

    public Duration timeout() {
        return timeout;
    }
}
