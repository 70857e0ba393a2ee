package io.keycoord.redis;

import io.keycoord.ApiSecret;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** A lease as this worker holds it. The record is what Redis gave out, and wants back at settlement. */
final class RedisLease implements Lease {
    private static final long NEVER_USED = Long.MIN_VALUE;

    private final LeaseDesk desk;
    private final PoolSession pool;
    private final String id;
    private final LeaseRecord record;
    private final ApiSecret secret;
    private final String model;
    private final long startNanos;
    private final AtomicBoolean settled = new AtomicBoolean();
    private final AtomicLong usedNanos = new AtomicLong(NEVER_USED);
    private final CountDownLatch lost = new CountDownLatch(1);
    private volatile long expiresMs;
    private volatile boolean heldAgain;

    /**
     * Takes a lease into use.
     *
     * @param startNanos by this worker's clock, not after the instant from which the limits count the request
     */
    RedisLease(
            LeaseDesk desk,
            PoolSession pool,
            String id,
            LeaseRecord record,
            ApiSecret secret,
            String model,
            long startNanos,
            long expiresMs) {
        this.desk = desk;
        this.pool = pool;
        this.id = id;
        this.record = record;
        this.secret = secret;
        this.model = model;
        this.startNanos = startNanos;
        this.expiresMs = expiresMs;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String pool() {
        return pool.config.id();
    }

    @Override
    public String keyId() {
        return record.key();
    }

    @Override
    public String accountId() {
        return record.account();
    }

    @Override
    public ApiSecret secret() {
        usedNanos.compareAndSet(NEVER_USED, System.nanoTime());
        return secret;
    }

    @Override
    public Instant expiresAt() {
        return Instant.ofEpochMilli(expiresMs);
    }

    @Override
    public boolean isProbe() {
        return record.probe();
    }

    @Override
    public boolean isLateToSend() {
        return System.nanoTime() - startNanos > pool.sendWithinNanos;
    }

    @Override
    public void settle(Outcome outcome) {
        if (settled.compareAndSet(false, true)) {
            desk.settle(this, outcome);
        }
    }

    /** As {@link #settle} does with one that was not used, but waits for nothing. */
    void giveBack() {
        if (settled.compareAndSet(false, true)) {
            desk.giveBack(this);
        }
    }

    @Override
    public boolean renew() {
        return !settled.get() && desk.renew(this);
    }

    @Override
    public void close() {
        settle(usedNanos.get() == NEVER_USED ? Outcome.unused() : Outcome.aborted());
    }

    boolean isSettled() {
        return settled.get();
    }

    /** The key or the account has left service: a lease that has not started is to be given back. */
    void lose() {
        lost.countDown();
    }

    /** Whether a call may be sent with it now. */
    boolean isUsable() {
        return !isLost() && !isLateToSend();
    }

    boolean isLost() {
        return lost.getCount() == 0;
    }

    /** Waits until the lease is lost, at most {@code nanos}. */
    void awaitLoss(long nanos) throws InterruptedException {
        boolean ignored = lost.await(nanos, TimeUnit.NANOSECONDS);
    }

    /** Whether the instant from which the lease may be used lies ahead. */
    boolean isWaiting() {
        return startNanos - System.nanoTime() > 0 && !settled.get();
    }

    PoolSession session() {
        return pool;
    }

    LeaseRecord record() {
        return record;
    }

    /**
     * What Redis wants back at settlement: the record; without its stamps, if Redis may have lost what they mean.
     */
    String told() {
        return heldAgain ? record.unstamped() : record.text();
    }

    /** Whether Redis may have taken it anew after a loss. */
    void heldAgain(boolean anew) {
        heldAgain = anew;
    }

    String model() {
        return model;
    }

    long expiresMs() {
        return expiresMs;
    }

    void expiresMs(long renewed) {
        expiresMs = renewed;
    }

    /** Milliseconds since the secret was read; -1 if it never was. */
    long latencyMs() {
        long used = usedNanos.get();
        return used == NEVER_USED ? -1 : Math.max(0, (System.nanoTime() - used) / 1_000_000);
    }

    @Override
    public String toString() {
        return "Lease[" + id + " of key " + record.key() + " in pool " + pool() + "]";
    }
}
