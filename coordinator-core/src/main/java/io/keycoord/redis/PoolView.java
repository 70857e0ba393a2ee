package io.keycoord.redis;

/**
 * A pool as of one instant.
 *
 * @param id its id
 * @param strategy in which order accounts and keys are chosen
 * @param revision the number of its configuration, which decides between differing ones; empty if it has none
 * @param switchedTo what an operator has switched it to: {@code normal}, {@code deny}, {@code open} or {@code shadow}
 * @param accounts how many accounts, counted once for each class of models
 * @param keys how many keys
 * @param leases how many leases are out
 * @param overdue how many of them have expired and are not reaped yet
 * @param waiting how many waiting rooms of workers wait for a slot; in each may be many callers
 * @param reaped how many leases have been taken back from workers that were gone
 * @param operations how many grants and settlements have been applied
 */
public record PoolView(
        String id,
        String strategy,
        String revision,
        String switchedTo,
        long accounts,
        long keys,
        long leases,
        long overdue,
        long waiting,
        long reaped,
        long operations) {}
