package io.keycoord.sdk.okhttp;

import io.keycoord.ApiSecret;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A lease that remembers every settlement, so that a test sees a second one. */
public final class FakeLease implements Lease {
    public final List<Outcome> outcomes = new CopyOnWriteArrayList<>();

    private final String id;
    private final FakeCoordinator.FakeKey key;
    private final boolean probe;
    volatile boolean late;
    private volatile boolean secretRead;

    FakeLease(String id, FakeCoordinator.FakeKey key, boolean probe, boolean late) {
        this.id = id;
        this.key = key;
        this.probe = probe;
        this.late = late;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String pool() {
        return FakeCoordinator.POOL;
    }

    @Override
    public String keyId() {
        return key.id();
    }

    @Override
    public String accountId() {
        return key.account();
    }

    @Override
    public ApiSecret secret() {
        secretRead = true;
        return key.secret();
    }

    @Override
    public Instant expiresAt() {
        return Instant.MAX;
    }

    @Override
    public boolean isProbe() {
        return probe;
    }

    @Override
    public boolean isLateToSend() {
        return late;
    }

    @Override
    public void settle(Outcome outcome) {
        outcomes.add(outcome);
    }

    @Override
    public boolean renew() {
        return outcomes.isEmpty();
    }

    @Override
    public void close() {
        if (outcomes.isEmpty()) {
            settle(secretRead ? Outcome.aborted() : Outcome.unused());
        }
    }
}
