package io.keycoord.redis;

import io.keycoord.ApiSecret;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;

/** A lease that Redis does not know of, because an operator lets calls pass, or Redis does not answer in an open pool. */
final class UncoordinatedLease implements Lease {
    private final PoolSession pool;
    private final String id;
    private final Roster.Pick pick;
    private final ApiSecret secret;
    private final AtomicBoolean settled = new AtomicBoolean();
    private volatile long expiresMs;

    UncoordinatedLease(PoolSession pool, String id, Roster.Pick pick, ApiSecret secret) {
        this.pool = pool;
        this.id = id;
        this.pick = pick;
        this.secret = secret;
        this.expiresMs = fullLife();
        pool.uncoordinated.incrementAndGet();
    }

    private long fullLife() {
        String serverUs = pool.clock.estimate();
        long nowMs = serverUs.isEmpty() ? System.currentTimeMillis() : Long.parseLong(serverUs) / 1_000;
        return nowMs + pool.config.leaseTtl().toMillis();
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
        return pick.key();
    }

    @Override
    public String accountId() {
        return pick.account();
    }

    @Override
    public ApiSecret secret() {
        return secret;
    }

    @Override
    public Instant expiresAt() {
        return Instant.ofEpochMilli(expiresMs);
    }

    @Override
    public boolean isProbe() {
        return false;
    }

    @Override
    public boolean isUncoordinated() {
        return true;
    }

    @Override
    public boolean isLateToSend() {
        return false;
    }

    @Override
    public void settle(Outcome outcome) {
        close();
    }

    @Override
    public boolean renew() {
        if (settled.get()) {
            return false;
        }
        expiresMs = fullLife();
        return true;
    }

    @Override
    public void close() {
        if (settled.compareAndSet(false, true)) {
            pool.uncoordinated.decrementAndGet();
        }
    }

    @Override
    public String toString() {
        return "Lease[" + id + " of key " + pick.key() + " in pool " + pool() + ", uncoordinated]";
    }
}
