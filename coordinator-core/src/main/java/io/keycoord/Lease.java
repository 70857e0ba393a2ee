package io.keycoord;

import java.time.Instant;

/**
 * The right to make one call with one API key until {@link #expiresAt}.
 *
 * <p>Settle it exactly once; further calls to {@link #settle} do nothing. {@link #close} ends an unsettled lease, so
 * try-with-resources never leaks a key:
 *
 * <pre>{@code
 * try (Lease lease = keys.acquire(request)) {
 *     Answer answer = callProvider(lease.secret());
 *     lease.settle(Outcome.success(Usage.tokens(answer.promptTokens(), answer.completionTokens())));
 * }
 * }</pre>
 *
 * <p>While it is held, the coordinator renews it in the background. Safe for use by many threads, although one is usual.
 */
public interface Lease extends AutoCloseable {

    /** Unique to this lease; it is what Redis and the logs call it. */
    String id();

    String pool();

    /** The id of the key. Its secret is {@link #secret()}. */
    String keyId();

    /** The id of the account whose limits were charged. */
    String accountId();

    /**
     * The key's secret. Reading it marks the lease as used: closed without an outcome, its charge is kept.
     */
    ApiSecret secret();

    /** When the key's slot may be granted to others unless the lease is renewed, by the Redis server's clock. */
    Instant expiresAt();

    /** Whether this is the one call that decides if a key that failed is healthy again. */
    boolean isProbe();

    /**
     * Whether Redis knows nothing of this lease, because an operator has let the pool's calls pass, or because it does not answer and
     * the pool is open then, or goes on within this worker's share: it was charged to no limit in Redis, and its settlement is told to
     * nobody.
     */
    default boolean isUncoordinated() {
        return false;
    }

    /**
     * Whether too much time has passed since the grant for the request to be sent now: it might reach the provider in
     * another window than the one it was counted in. Such a lease is to be settled {@link Outcome#unused unused}.
     */
    boolean isLateToSend();

    /**
     * Ends the lease and tells how the call went. Only the first settlement counts.
     *
     * <p>Does not throw when Redis is away: a caller that has its answer must not lose it for that. Such a settlement
     * is repeated in the background until the lease would have expired.
     */
    void settle(Outcome outcome);

    /**
     * Moves the expiry to a full time-to-live from now. Not needed while the coordinator lives, which renews leases by
     * itself.
     *
     * @return false if the lease has ended or has expired; the call must not go on as if it were held
     * @throws StoreUnavailableException if Redis does not answer; the lease then ends at {@link #expiresAt}
     */
    boolean renew();

    /**
     * Ends the lease if it is not settled yet: as {@link Outcome#unused} if the secret was never read, else as {@link
     * Outcome#aborted}, which keeps the charge.
     */
    @Override
    void close();
}
