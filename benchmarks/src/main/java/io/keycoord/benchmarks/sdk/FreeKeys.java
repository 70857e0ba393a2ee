package io.keycoord.benchmarks.sdk;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Granted;
import io.keycoord.ApiSecret;
import io.keycoord.KeyCoordinator;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.PoolInfo;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/** A coordinator of one key that is always free, so that nothing but the SDK is left to measure. Safe for use by many threads. */
final class FreeKeys implements KeyCoordinator {
    static final String POOL = "pool";
    private static final ApiSecret SECRET = ApiSecret.of("sk-benchmark-0123456789");

    private final PoolInfo pool;
    private final LongAdder successes = new LongAdder();

    FreeKeys(URI baseUrl) {
        this.pool = new PoolInfo(POOL, "openai", baseUrl, Map.of());
    }

    /** How many leases were settled as good answers that told what they have cost. */
    long successes() {
        return successes.sum();
    }

    @Override
    public Lease acquire(LeaseRequest request) {
        return new FreeLease(successes);
    }

    @Override
    public Acquisition tryAcquire(LeaseRequest request) {
        return new Granted(acquire(request));
    }

    @Override
    public List<Acquisition> tryAcquireAll(List<LeaseRequest> requests) {
        return requests.stream().map(this::tryAcquire).toList();
    }

    @Override
    public CompletableFuture<Lease> acquireAsync(LeaseRequest request) {
        return CompletableFuture.completedFuture(acquire(request));
    }

    @Override
    public PoolInfo pool(String id) {
        return pool;
    }

    @Override
    public void close() {
        // Nothing to end.
    }

    /** A lease for as long as anybody likes. */
    private record FreeLease(LongAdder successes) implements Lease {
        @Override
        public String id() {
            return "lease";
        }

        @Override
        public String pool() {
            return POOL;
        }

        @Override
        public String keyId() {
            return "key";
        }

        @Override
        public String accountId() {
            return "account";
        }

        @Override
        public ApiSecret secret() {
            return SECRET;
        }

        @Override
        public Instant expiresAt() {
            return Instant.MAX;
        }

        @Override
        public boolean isProbe() {
            return false;
        }

        @Override
        public boolean isLateToSend() {
            return false;
        }

        @Override
        public void settle(Outcome outcome) {
            if (outcome.kind() == Outcome.Kind.SUCCESS && outcome.usage().isPresent()) {
                successes.increment();
            }
        }

        @Override
        public boolean renew() {
            return true;
        }

        @Override
        public void close() {
            // Settled by then.
        }
    }
}
