package io.keycoord.redis;

import io.keycoord.ApiSecret;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A lease that Redis does not know of, because an operator lets calls pass, or Redis does not answer in a pool that is open then or
 * goes on within the share of this worker.
 */
final class UncoordinatedLease implements Lease {
    private final PoolSession pool;
    private final String id;
    private final Roster.Pick pick;
    private final ApiSecret secret;
    private final Consumer<Outcome> end;
    private final AtomicBoolean settled = new AtomicBoolean();
    private volatile long expiresMs;

    /** {@code end} is told how the call ended. */
    UncoordinatedLease(PoolSession pool, String id, Roster.Pick pick, ApiSecret secret, Consumer<Outcome> end) {
        this.pool = pool;
        this.id = id;
        this.pick = pick;
        this.secret = secret;
        this.end = end;
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
        if (settled.compareAndSet(false, true)) {
            pool.uncoordinated.decrementAndGet();
            end.accept(outcome);
        }
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
        settle(Outcome.aborted());
    }

    @Override
    public String toString() {
        return "Lease[" + id + " of key " + pick.key() + " in pool " + pool() + ", uncoordinated]";
    }
}
