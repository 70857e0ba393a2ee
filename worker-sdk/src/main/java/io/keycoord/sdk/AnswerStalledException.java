package io.keycoord.sdk;

import java.io.IOException;
import java.time.Duration;

/**
 * The provider has said nothing of substance for too long, and the call was ended. Its lease is settled as the provider's
 * failure; what has been executed may be billed.
 */
public final class AnswerStalledException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Duration limit;
    private final boolean begun;

    /**
     * An answer that was waited for in vain.
     *
     * @param limit for how long it was waited
     * @param begun whether data of the answer had come before
     */
    public AnswerStalledException(Duration limit, boolean begun) {
        super(begun ? "the answer stood still for " + limit : "the provider sent no data within " + limit);
        this.limit = limit;
        this.begun = begun;
    }

    /** For how long it was waited. */
    public Duration limit() {
        return limit;
    }

    /** Whether data of the answer had come before. */
    public boolean hasBegun() {
        return begun;
    }
}
