package io.keycoord;

import org.jspecify.annotations.Nullable;

/**
 * Redis did not answer, or could not do what was asked. Whether the operation took effect is unknown; repeating it is
 * harmless, and what it may have reserved expires.
 */
public final class StoreUnavailableException extends CoordinatorException {
    private static final long serialVersionUID = 1L;

    /** Whether, and by whom, it can be helped. */
    public enum Trouble {
        /** Redis does not answer: it is down, fails over, restarts or hangs. It concerns all calls, and may pass by itself. */
        AWAY,
        /** Redis had not answered when this caller's time was over. It may be well; what comes of the call yet is given back. */
        LATE,
        /** Redis answers that it cannot: it is full, cannot write to its disk, lacks replicas. It concerns all that would be written. */
        UNABLE,
        /** Redis refuses this worker, for its password or its permissions: an operator must act. */
        NO_ACCESS,
        /** This operation met damaged data under its Redis keys, or a bug: others go on, and a repeat fails alike. */
        DAMAGED
    }

    private final Trouble trouble;

    /** For {@link Trouble#AWAY}. */
    public StoreUnavailableException(String operation, Throwable cause) {
        this(operation, reason(cause), Trouble.AWAY, cause);
    }

    /** With what Redis, or the client, said. */
    public StoreUnavailableException(String operation, String reason, Trouble trouble, @Nullable Throwable cause) {
        super(operation + ": " + reason, cause);
        this.trouble = trouble;
    }

    /** Whether, and by whom, it can be helped. */
    public Trouble trouble() {
        return trouble;
    }

    private static String reason(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? "Redis did not answer" : message;
    }
}
