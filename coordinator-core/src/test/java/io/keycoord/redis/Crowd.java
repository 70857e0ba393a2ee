package io.keycoord.redis;

import io.keycoord.Acquisition.Granted;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.Usage;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Threads of several workers that want more leases than there are, use and settle each, and note what they see. */
final class Crowd {
    private static final int THREADS = 3;
    private static final long CALL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

    /** An exception, and when its caller got it. */
    record Failure(long atNanos, RuntimeException why) {
        boolean isOfTheStore() {
            return why instanceof StoreUnavailableException;
        }
    }

    private final Queue<Long> grants = new ConcurrentLinkedQueue<>();
    private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
    private final AtomicLong settled = new AtomicLong();
    private final AtomicLong slowestNanos = new AtomicLong();
    private final List<Thread> threads;
    private volatile boolean stopped;

    Crowd(List<RedisKeyCoordinator> workers) {
        this.threads = workers.stream()
                .flatMap(worker -> Stream.generate(() -> new Thread(() -> run(worker), "crowd"))
                        .limit(THREADS))
                .toList();
        threads.forEach(Thread::start);
    }

    private void run(RedisKeyCoordinator keys) {
        while (!stopped) {
            long before = System.nanoTime();
            try {
                if (keys.tryAcquire(TopologyContract.ONE) instanceof Granted granted) {
                    use(granted.lease());
                }
            } catch (RuntimeException e) {
                failures.add(new Failure(System.nanoTime(), e));
            }
            slowestNanos.accumulateAndGet(System.nanoTime() - before, Math::max);
            LockSupport.parkNanos(REST_NANOS);
        }
    }

    private void use(Lease lease) {
        if (lease.isLateToSend()) {
            lease.close();
            return;
        }
        grants.add(System.nanoTime());
        lease.secret();
        LockSupport.parkNanos(CALL_NANOS);
        lease.settle(Outcome.success(Usage.tokens(1, 0)));
        settled.incrementAndGet();
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

    /** How many leases were used and settled. */
    long settled() {
        return settled.get();
    }

    List<Failure> failures() {
        return List.copyOf(failures);
    }

    List<Failure> failuresOutside(long fromNanos, long untilNanos) {
        return failures.stream()
                .filter(failure -> failure.atNanos < fromNanos || failure.atNanos > untilNanos)
                .toList();
    }

    long grantsAfter(long nanos) {
        return grants.stream().filter(at -> at > nanos).count();
    }

    /** How long after that instant the first lease was given, in milliseconds. */
    long millisToFirstGrant(long nanos) {
        long first = grants.stream()
                .mapToLong(Long::longValue)
                .filter(at -> at > nanos)
                .min()
                .orElseThrow();
        return TimeUnit.NANOSECONDS.toMillis(first - nanos);
    }

    /** The most leases in any span of a second. */
    int mostInASecond() {
        long[] sorted = grants.stream().mapToLong(Long::longValue).sorted().toArray();
        int most = 0;
        for (int first = 0, last = 0; last < sorted.length; last++) {
            while (sorted[last] - sorted[first] >= TimeUnit.SECONDS.toNanos(1)) {
                first++;
            }
            most = Math.max(most, last - first + 1);
        }
        return most;
    }

    long slowestMs() {
        return TimeUnit.NANOSECONDS.toMillis(slowestNanos.get());
    }
}
