package io.keycoord.sdk.openrouter;

import io.keycoord.Acquisition.Reason;
import io.keycoord.KeyUnavailableException;
import io.keycoord.sdk.LeaseUnavailableException;
import java.time.Duration;
import java.util.Optional;

/** No key could be leased in time, so nothing was sent and nothing was spent. */
public final class NoKeyException extends OpenRouterException {
    private static final long serialVersionUID = 1L;

    NoKeyException(LeaseUnavailableException cause) {
        super("" + cause.getMessage(), cause);
    }

    /** Why the coordinator denied it; empty if Redis did not answer, as the cause tells. */
    public Optional<Reason> reason() {
        return denied().map(KeyUnavailableException::reason);
    }

    /** When the same request can succeed, from the denial; empty if that is not known or will never be. */
    public Optional<Duration> retryAfter() {
        return getCause() instanceof LeaseUnavailableException e ? e.retryAfter() : Optional.empty();
    }

    /** So if the limits of the pool, or its slots, were all in use. */
    @Override
    public boolean isOverload() {
        return reason().filter(why -> why == Reason.RATE_LIMITED || why == Reason.CONCURRENCY)
                .isPresent();
    }

    private Optional<KeyUnavailableException> denied() {
        Throwable cause = getCause();
        return cause != null && cause.getCause() instanceof KeyUnavailableException e
                ? Optional.of(e)
                : Optional.empty();
    }
}
