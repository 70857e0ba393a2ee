package io.keycoord.redis;

import io.keycoord.Lease;
import io.keycoord.Outcome;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Threads that take leases, settle every second one at once, and keep the others. */
final class Load {
    private static final int THREADS = 3;
    private static final long PAUSE_MS = 1;

    private record Grant(Lease lease, long startNanos, long endNanos) {}

    private final RedisKeyCoordinator keys;
    private final Queue<Grant> grants = new ConcurrentLinkedQueue<>();
    private final Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong slowestNanos = new AtomicLong();
    private final List<Thread> threads;
    private volatile long markNanos;
    private volatile boolean stopped;

    Load(RedisKeyCoordinator keys) {
        this.keys = keys;
        this.threads = IntStream.range(0, THREADS)
                .mapToObj(i -> new Thread(this::take, "load-" + i))
                .toList();
        threads.forEach(Thread::start);
    }

    private void take() {
        boolean keep = false;
        while (!stopped) {
            long start = System.nanoTime();
            try {
                Lease lease = keys.tryAcquire(TopologyContract.ONE).orElseThrow();
                keep = !keep;
                if (keep) {
                    grants.add(new Grant(lease, start, System.nanoTime()));
                } else {
                    lease.settle(Outcome.successWithoutUsage());
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                failures.add(e);
            }
            slowestNanos.accumulateAndGet(System.nanoTime() - start, Math::max);
        }
    }

    /** What happens from here on is told apart. */
    void mark() {
        markNanos = System.nanoTime();
    }

    void stop() {
        stopped = true;
        for (Thread thread : threads) {
            try {
                thread.join(TimeUnit.SECONDS.toMillis(60));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** How many leases are kept. */
    int granted() {
        return grants.size();
    }

    long grantedAfterMark() {
        return grants.stream().filter(grant -> grant.startNanos > markNanos).count();
    }

    List<Lease> leases() {
        return grants.stream().map(Grant::lease).toList();
    }

    List<RuntimeException> failures() {
        return List.copyOf(failures);
    }

    long millisToFirstGrant() {
        return TimeUnit.NANOSECONDS.toMillis(grants.stream()
                        .filter(grant -> grant.startNanos > markNanos)
                        .mapToLong(Grant::endNanos)
                        .min()
                        .orElse(markNanos)
                - markNanos);
    }

    /** How long before the mark the first of these leases was granted. */
    long millisBeforeMark(List<Lease> leases) {
        return TimeUnit.NANOSECONDS.toMillis(grants.stream()
                .filter(grant -> leases.contains(grant.lease))
                .mapToLong(grant -> markNanos - grant.endNanos)
                .max()
                .orElse(0));
    }

    long slowestMs() {
        return TimeUnit.NANOSECONDS.toMillis(slowestNanos.get());
    }
}
