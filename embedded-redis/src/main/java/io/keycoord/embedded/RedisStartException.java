package io.keycoord.embedded;

import org.jspecify.annotations.Nullable;

/** A Redis could not be started. The message carries what the server said; nothing is left running. */
public final class RedisStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RedisStartException(String message) {
        this(message, null);
    }

    RedisStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
