package io.keycoord.integration.faults;

import io.keycoord.Acquisition.Granted;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.Usage;
import io.keycoord.integration.faults.Sample.Kind;
import io.keycoord.redis.RedisKeyCoordinator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Threads that take leases and settle them, one after the other, and note what they see. */
final class Load {
    private static final Logger log = LoggerFactory.getLogger(Load.class);

    /**
     * What each thread does.
     *
     * @param threads how many
     * @param callMs how long it holds a lease
     * @param pauseMs how long it rests between two
     * @param maxWaitMs how long it waits for one; 0 for not at all
     */
    record Plan(int threads, int callMs, int pauseMs, int maxWaitMs) {
        String words() {
            return threads + " " + callMs + " " + pauseMs + " " + maxWaitMs;
        }

        static Plan parse(String[] words, int from) {
            return new Plan(
                    Integer.parseInt(words[from]),
                    Integer.parseInt(words[from + 1]),
                    Integer.parseInt(words[from + 2]),
                    Integer.parseInt(words[from + 3]));
        }
    }

    private final RedisKeyCoordinator keys;
    private final Plan plan;
    private final ConcurrentLinkedQueue<Sample> samples = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong settled = new AtomicLong();
    private volatile boolean stopped;

    private Load(RedisKeyCoordinator keys, Plan plan) {
        this.keys = keys;
        this.plan = plan;
    }

    static Load start(RedisKeyCoordinator keys, Plan plan) {
        Load load = new Load(keys, plan);
        for (int i = 0; i < plan.threads; i++) {
            Thread thread = new Thread(load::run, "load-" + i);
            thread.setDaemon(true);
            thread.start();
            load.threads.add(thread);
        }
        return load;
    }

    private void run() {
        while (!stopped) {
            long before = System.nanoTime();
            Optional<Lease> lease = Optional.empty();
            Kind kind;
            try {
                lease = lease();
                kind = lease.map(Load::kind).orElse(Kind.DENIED);
            } catch (KeyUnavailableException e) {
                kind = Kind.DENIED;
            } catch (StoreUnavailableException e) {
                kind = Kind.UNAVAILABLE;
            } catch (RuntimeException e) {
                log.error("what nobody expects", e);
                kind = Kind.FAILED;
            }
            note(kind, before);
            lease.ifPresent(this::call);
            rest(plan.pauseMs);
        }
    }

    private void note(Kind kind, long since) {
        samples.add(new Sample(System.currentTimeMillis(), (System.nanoTime() - since) / 1_000, kind));
    }

    private static Kind kind(Lease lease) {
        if (lease.isUncoordinated()) {
            return Kind.PASSED;
        }
        return lease.isLateToSend() ? Kind.LATE : Kind.GRANTED;
    }

    private Optional<Lease> lease() {
        LeaseRequest request = FaultPool.REQUEST;
        if (plan.maxWaitMs > 0) {
            return Optional.of(keys.acquire(request.withMaxWait(Duration.ofMillis(plan.maxWaitMs))));
        }
        return keys.tryAcquire(request) instanceof Granted granted ? Optional.of(granted.lease()) : Optional.empty();
    }

    private void call(Lease lease) {
        if (lease.isLateToSend()) {
            lease.close();
            return;
        }
        lease.secret();
        rest(plan.callMs);
        long before = System.nanoTime();
        lease.settle(Outcome.success(Usage.tokens(1, 1)));
        note(Kind.SETTLED, before);
        if (!lease.isUncoordinated()) {
            settled.incrementAndGet();
        }
    }

    private static void rest(int millis) {
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
    }

    /** What has been seen so far, in any order. */
    List<Sample> samples() {
        return List.copyOf(samples);
    }

    /** What has been seen since it was taken last. */
    List<Sample> take() {
        List<Sample> taken = new ArrayList<>();
        for (Sample sample = samples.poll(); sample != null; sample = samples.poll()) {
            taken.add(sample);
        }
        return taken;
    }

    /** How many leases that Redis knows of were settled after their use. */
    long settled() {
        return settled.get();
    }

    /** Whether all threads have ended what they were about. */
    boolean stop(Duration limit) throws InterruptedException {
        stopped = true;
        long until = System.nanoTime() + limit.toNanos();
        for (Thread thread : threads) {
            thread.join(Math.max(1, (until - System.nanoTime()) / 1_000_000));
        }
        return threads.stream().noneMatch(Thread::isAlive);
    }
}
