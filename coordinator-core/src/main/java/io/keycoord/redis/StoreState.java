package io.keycoord.redis;

/**
 * How one worker stands with Redis, for one pool; the numbers since it started.
 *
 * @param away whether Redis did not answer the last call: requests are not sent to it until it answers again
 * @param refused how many requests for a lease have failed because Redis did not answer, or could not
 * @param passed how many calls went out without Redis, as {@code whenRedisIsDown} says: without limits, or within this worker's
 *     share of them
 * @param kept how many settlements wait to be sent, at most 10,000, or to be sent again until there is a copy, at most as many
 * @param dropped how many settlements were given up, for more waited or their leases have ended: what they reserved stays charged
 * @param lacksCopies whether the last lease or settlement had no copy in time, where the pool's durability asks for one: requests
 *     are not sent until there are copies again
 * @param uncopied how many leases, which were given back, and settlements had no copy in time
 */
public record StoreState(
        boolean away, long refused, long passed, int kept, long dropped, boolean lacksCopies, long uncopied) {}
