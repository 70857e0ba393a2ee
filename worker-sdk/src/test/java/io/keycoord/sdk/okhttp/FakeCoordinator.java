package io.keycoord.sdk.okhttp;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Granted;
import io.keycoord.Acquisition.Reason;
import io.keycoord.ApiSecret;
import io.keycoord.CoordinatorInterruptedException;
import io.keycoord.KeyCoordinator;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.PoolInfo;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A coordinator without limits: grants the first key that the request does not exclude. A test may script the next
 * answers, and hold all waiting requests back.
 */
public class FakeCoordinator implements KeyCoordinator {
    public static final String POOL = "pool";

    public record FakeKey(String id, String account, ApiSecret secret) {}

    public final List<LeaseRequest> requests = new CopyOnWriteArrayList<>();
    public final List<FakeLease> leases = new CopyOnWriteArrayList<>();
    final AtomicInteger waiting = new AtomicInteger();
    final AtomicInteger interrupted = new AtomicInteger();

    volatile boolean holding;
    volatile boolean probing;

    private final PoolInfo pool;
    private final List<FakeKey> keys;
    private final Deque<Denied> denials = new ArrayDeque<>();
    private int lateLeases;

    public FakeCoordinator(String provider, URI baseUrl, FakeKey... keys) {
        this.pool = new PoolInfo(POOL, provider, baseUrl, Map.of("X-Title", "test"));
        this.keys = List.of(keys);
    }

    public static FakeKey key(String id, String account) {
        return new FakeKey(id, account, ApiSecret.of("secret-of-" + id));
    }

    public synchronized void denyNext(Reason reason, Duration retryAfter) {
        denials.add(new Denied(POOL, reason, retryAfter));
    }

    public synchronized void nextLeasesAreLate(int count) {
        lateLeases = count;
    }

    @Override
    public Lease acquire(LeaseRequest request) {
        if (holding) {
            waitForEver();
        }
        return tryAcquire(request).orElseThrow();
    }

    private void waitForEver() {
        waiting.incrementAndGet();
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            Thread.currentThread().interrupt();
            throw new CoordinatorInterruptedException(e);
        }
    }

    @Override
    public synchronized Acquisition tryAcquire(LeaseRequest request) {
        requests.add(request);
        if (!denials.isEmpty()) {
            return denials.remove();
        }
        return keys.stream()
                .filter(key -> !request.excludedKeys().contains(key.id()))
                .filter(key -> !request.excludedAccounts().contains(key.account()))
                .findFirst()
                .<Acquisition>map(key -> new Granted(grant(key)))
                .orElseGet(() -> new Denied(POOL, Reason.NO_KEY, Duration.ZERO));
    }

    @Override
    public List<Acquisition> tryAcquireAll(List<LeaseRequest> all) {
        return all.stream().map(this::tryAcquire).toList();
    }

    private Lease grant(FakeKey key) {
        FakeLease lease = new FakeLease("lease-" + leases.size(), key, probing, lateLeases-- > 0);
        leases.add(lease);
        return lease;
    }

    @Override
    public CompletableFuture<Lease> acquireAsync(LeaseRequest request) {
        return CompletableFuture.supplyAsync(() -> acquire(request));
    }

    @Override
    public PoolInfo pool(String id) {
        if (!id.equals(POOL)) {
            throw new IllegalArgumentException("pool is " + id + ", expected " + POOL);
        }
        return pool;
    }

    @Override
    public void close() {
        // Nothing to end.
    }

    /** The outcome of the only lease, which was settled once. */
    public Outcome outcome() {
        assertThat(leases).hasSize(1);
        return outcomes().get(0);
    }

    /** The outcomes of all leases, each of which was settled once. */
    public List<Outcome> outcomes() {
        assertThat(leases).allSatisfy(lease -> assertThat(lease.outcomes).hasSize(1));
        return leases.stream().map(lease -> lease.outcomes.get(0)).toList();
    }

    public List<Outcome.Kind> kinds() {
        return outcomes().stream().map(Outcome::kind).toList();
    }
}
