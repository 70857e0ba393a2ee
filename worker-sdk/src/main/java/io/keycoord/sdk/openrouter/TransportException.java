package io.keycoord.sdk.openrouter;

import org.jspecify.annotations.Nullable;

/**
 * No whole answer came: no connection, one that broke, a time that was up, a call that was cancelled or could not be
 * made, or an answer that is not what was asked for. The cause tells more. Whether the provider has made and billed an
 * answer is not known.
 */
public sealed class TransportException extends OpenRouterException permits TimedOutException {
    private static final long serialVersionUID = 1L;

    TransportException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Never so, for nothing tells. */
    @Override
    public final boolean isOverload() {
        return false;
    }
}
