package io.keycoord;

import java.time.Duration;
import java.util.Objects;

/** The answer to {@link KeyCoordinator#tryAcquire}. Being denied is ordinary, not an error. */
public sealed interface Acquisition {

    /** A key is held until {@code lease} is settled or expires. */
    record Granted(Lease lease) implements Acquisition {

        public Granted {
            Objects.requireNonNull(lease, "lease");
        }
    }

    /**
     * No key is held and nothing was spent.
     *
     * @param pool the pool that was asked
     * @param reason why
     * @param retryAfter the earliest time at which the same request can succeed, never negative; zero if waiting
     *     cannot help, see {@link Reason#isFinal}
     */
    record Denied(String pool, Reason reason, Duration retryAfter) implements Acquisition {

        public Denied {
            Objects.requireNonNull(pool, "pool");
            Objects.requireNonNull(reason, "reason");
            if (retryAfter.isNegative()) {
                throw new IllegalArgumentException("retryAfter is " + retryAfter + ", expected zero or more");
            }
        }
    }

    /** Why nothing was granted. */
    enum Reason {
        /** Every account is short of requests or tokens until {@code retryAfter}. */
        RATE_LIMITED,
        /** A budget is used up until {@code retryAfter}: of the tenant, of the whole pool, or of every account's money. */
        BUDGET,
        /** Every account or key that could serve has all its concurrency slots in use. */
        CONCURRENCY,
        /** Every account or key that could serve was blocked by its provider until {@code retryAfter}. */
        BLOCKED,
        /** Every key that could serve rests behind its breaker, or its one probe is under way. */
        UNHEALTHY,
        /**
         * The model has no capacity, or fails for whoever calls it, until {@code retryAfter}; no other key would help, another
         * model may.
         */
        ENDPOINT,
        /** No key is left: all are disabled, draining, excluded, or their secrets are unknown to this worker. */
        NO_KEY,
        /** No account of the pool, or not the tenant, has limits for this model. */
        MODEL_NOT_COVERED,
        /** Money is limited, and the pool's price table does not name this model. */
        NO_PRICE,
        /** No account could ever serve a request of this size. */
        IMPOSSIBLE,
        /** None of the accounts looked at could serve, and the search was cut short by its bound. */
        SEARCH_LIMIT,
        /** The request reached Redis more than ten seconds after it was sent. */
        STALE,
        /** An operator has switched the whole pool off. */
        SWITCHED_OFF,
        /** The coordinator is closing. */
        CLOSED;

        /** Whether the same request can never succeed as things are configured. */
        public boolean isFinal() {
            return this == MODEL_NOT_COVERED || this == NO_PRICE || this == IMPOSSIBLE || this == CLOSED;
        }
    }

    /**
     * The lease, for callers with nothing better to do than fail.
     *
     * @throws KeyUnavailableException if the request was denied
     */
    default Lease orElseThrow() {
        if (this instanceof Granted granted) {
            return granted.lease();
        }
        throw new KeyUnavailableException((Denied) this);
    }
}
