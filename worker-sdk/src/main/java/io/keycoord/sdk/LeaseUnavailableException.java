package io.keycoord.sdk;

import io.keycoord.CoordinatorException;
import io.keycoord.KeyUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * No key could be leased, so nothing was sent and nothing was spent. The cause tells why: a {@link
 * KeyUnavailableException} if the limits or the health of the keys forbade it, a {@link
 * io.keycoord.StoreUnavailableException} if Redis did not answer.
 */
public final class LeaseUnavailableException extends IOException {
    private static final long serialVersionUID = 1L;

    public LeaseUnavailableException(String pool, CoordinatorException cause) {
        super("no lease on pool " + pool + ": " + cause.getMessage(), cause);
    }

    /** Why: what the coordinator said. */
    public CoordinatorException why() {
        return (CoordinatorException) Objects.requireNonNull(getCause());
    }

    /** When the same request can succeed, from now; empty if that is not known or will never be. */
    public Optional<Duration> retryAfter() {
        return getCause() instanceof KeyUnavailableException e && !e.reason().isFinal()
                ? Optional.of(e.retryAfter())
                : Optional.empty();
    }
}
