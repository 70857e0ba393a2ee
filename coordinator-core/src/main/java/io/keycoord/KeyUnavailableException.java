package io.keycoord;

import java.time.Duration;

/** No key could be leased. The caller may retry after {@link #retryAfter}, unless the reason is final. */
public final class KeyUnavailableException extends CoordinatorException {
    private static final long serialVersionUID = 1L;

    private final Acquisition.Reason reason;
    private final Duration retryAfter;

    public KeyUnavailableException(Acquisition.Denied denied) {
        super(message(denied), null);
        this.reason = denied.reason();
        this.retryAfter = denied.retryAfter();
    }

    public Acquisition.Reason reason() {
        return reason;
    }

    /** How long to wait before the same request can succeed, never negative. */
    public Duration retryAfter() {
        return retryAfter;
    }

    private static String message(Acquisition.Denied denied) {
        String what = "no key of pool " + denied.pool() + " is available: " + denied.reason();
        return denied.reason().isFinal()
                ? what
                : what + ", retry after " + denied.retryAfter().toMillis() + " ms";
    }
}
