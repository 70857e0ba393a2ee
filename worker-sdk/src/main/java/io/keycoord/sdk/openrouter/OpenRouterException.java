package io.keycoord.sdk.openrouter;

import org.jspecify.annotations.Nullable;

/** There is no answer of the model. One of three: no key, a refusal, or no whole answer. Holds no secret. */
public abstract sealed class OpenRouterException extends RuntimeException
        permits NoKeyException, RefusedException, TransportException {
    private static final long serialVersionUID = 1L;

    OpenRouterException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Whether fewer calls at the same time might have been served. */
    public abstract boolean isOverload();
}
