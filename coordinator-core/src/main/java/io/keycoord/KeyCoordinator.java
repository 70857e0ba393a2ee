package io.keycoord;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Leases the API keys of pools so that, across every worker sharing one Redis, no key and no account behind keys is
 * used beyond its limits.
 *
 * <p>A grant reserves on every limit of the account and of the key at once, or on none, and holds its concurrency slots
 * until {@link Lease#settle} or until the lease expires, whichever is first.
 *
 * <p><b>Guarantee.</b> The sum of the grants never exceeds a limit, even when workers crash or repeat their calls.
 *
 * <p><b>Not promised.</b> Limits across a loss of Redis data, as in a failover; that a call made with an expired lease
 * is stopped.
 *
 * <p><b>Time.</b> All limits are measured by the Redis server's clock. Worker clocks do not matter.
 *
 * <p><b>Threads.</b> Implementations are safe for use by many threads.
 */
public interface KeyCoordinator extends AutoCloseable {

    /**
     * Leases a key, waiting for one when none is free: at most {@link LeaseRequest#maxWait()}, by default {@link
     * LeaseRequest#DEFAULT_MAX_WAIT}. Returns when the lease may be used, or throws, a few milliseconds later at most, also
     * when Redis is slow or silent.
     *
     * @throws KeyUnavailableException if the request is denied, or no key becomes free in time; nothing is held
     * @throws StoreUnavailableException if Redis does not answer, or not in time; what it may grant yet is given back, or
     *     expires unused
     * @throws CoordinatorInterruptedException if the thread is interrupted while it waits; its reservation is given
     *     back and the interrupt flag is set again
     * @throws IllegalArgumentException if the pool is not configured here
     */
    Lease acquire(LeaseRequest request);

    /**
     * Leases a key if one is free now. Makes one round trip to Redis, which other threads may share, and never waits for a
     * key. For Redis it waits as long as a call of it may take.
     *
     * @return the grant, or the denial with its reason and the earliest useful retry
     * @throws StoreUnavailableException if Redis does not answer; what was reserved, if anything, expires unused
     * @throws IllegalArgumentException if the pool is not configured here
     */
    Acquisition tryAcquire(LeaseRequest request);

    /**
     * Leases a key for each of several requests of one pool, as {@link #tryAcquire} would one after the other. Makes one round
     * trip to Redis for each 64 of them and never waits. A denial of one says nothing about the others.
     *
     * @return the answers, in the order of the requests
     * @throws StoreUnavailableException if Redis does not answer; what has been granted is given back
     * @throws IllegalArgumentException if the pool is not configured here, or the requests are of several pools
     */
    List<Acquisition> tryAcquireAll(List<LeaseRequest> requests);

    /**
     * Leases a key without holding a thread. The future completes when the lease may be used; waiting is bounded as in
     * {@link #acquire}, and failures arrive as the exceptions named there. Cancelling it gives the lease back.
     */
    CompletableFuture<Lease> acquireAsync(LeaseRequest request);

    /**
     * What a caller needs to know of a pool in order to call its provider.
     *
     * @throws IllegalArgumentException if the pool is not configured here
     */
    PoolInfo pool(String id);

    /**
     * Stops acquiring, waits a bounded time for the leases in use to be settled, then ends the threads and connections
     * this coordinator made. Leases still held afterwards stay valid until they expire. Calling it twice does nothing.
     */
    @Override
    void close();
}
