package io.keycoord.benchmarks.measure;

import io.keycoord.Acquisition;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.benchmarks.contender.Pools;
import io.keycoord.redis.RedisKeyCoordinator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Many callers who wait on a pool that is dry: what that costs Redis, and in which order they are served. */
public final class Waiters {
    private static final String POOL = "dry";
    private static final int CONCURRENCY = 20;
    private static final Duration HELD = Duration.ofMillis(5);
    /** How long it takes to serve all from a pool that is dry until time has passed. */
    private static final int SECONDS_TO_SERVE = 3;
    /** Few enough for a slow machine to take them faster than they come, or the pool would not be dry. */
    private static final int MOST_A_SECOND = 300;

    private static final int MOST_HOLDERS = 5_000;

    private static final Duration MAX_WAIT = Duration.ofSeconds(20);
    private static final Duration SETTLING_IN = Duration.ofMillis(20);
    private static final LeaseRequest REQUEST =
            LeaseRequest.of(POOL).withModel("m").withMaxWait(MAX_WAIT);

    /** What the pool lacks. */
    public enum Drought {
        /** Requests: time brings them, at an instant that is known. */
        REQUESTS,
        /** Slots: the end of a call brings them, which nobody knows beforehand. */
        SLOTS;

        /** A bucket that holds what flows in within half a second. */
        private String limit(int waiters) {
            long aSecond = Math.min(MOST_A_SECOND, Math.max(10, waiters / SECONDS_TO_SERVE));
            return this == SLOTS
                    ? "{\"concurrency\":" + CONCURRENCY + "}"
                    : "{\"requests\":{\"limit\":\"" + aSecond + "/s\",\"mode\":\"bucket\",\"burst\":" + aSecond / 2
                            + "}}";
        }
    }

    /** How callers wait. */
    public enum Style {
        /** A thread each, in {@code acquire}. */
        THREADS,
        /** A future each, of {@code acquireAsync}. */
        FUTURES
    }

    /**
     * The figures of one kind of drought and one kind of caller.
     *
     * @param served callers that got a lease; the others waited in vain for 20 s
     * @param commandsPerLease script calls for each of them, its settlement with it: those that meet share a call
     * @param seconds from the first caller until the last one was served or has given up
     */
    public record Result(
            Drought drought,
            Style style,
            int waiters,
            int served,
            double commandsPerLease,
            double seconds,
            Order order) {}

    private final Server server;
    private final RedisKeyCoordinator keys;
    private final int waiters;
    private final ScheduledExecutorService ends;
    private final Queue<Integer> served = new ConcurrentLinkedQueue<>();
    private final Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
    private final CountDownLatch left;

    private Waiters(Server server, RedisKeyCoordinator keys, int waiters, int holders, ScheduledExecutorService ends) {
        this.server = server;
        this.keys = keys;
        this.waiters = waiters;
        this.ends = ends;
        this.left = new CountDownLatch(waiters + holders);
    }

    /** Measures each drought with each kind of caller; the server is empty afterwards. */
    public static List<Result> measure(Server server, int waiters, Consumer<String> progress) {
        List<Result> results = new ArrayList<>();
        for (Drought drought : Drought.values()) {
            for (Style style : Style.values()) {
                progress.accept(drought + ", " + style);
                results.add(measure(server, drought, style, waiters));
            }
        }
        return results;
    }

    private static Result measure(Server server, Drought drought, Style style, int waiters) {
        ScheduledExecutorService ends = Executors.newScheduledThreadPool(4);
        try (RedisKeyCoordinator keys = RedisKeyCoordinator.builder()
                .redis("redis://" + server.uri().getHost() + ":" + server.uri().getPort())
                .config(Pools.pool(POOL, 1, drought.limit(waiters)))
                .secrets(Pools.secrets())
                .build()) {
            List<Lease> holders = dried(keys);
            return new Waiters(server, keys, waiters, holders.size(), ends).run(drought, style, holders);
        } finally {
            ends.shutdownNow();
            server.clear();
        }
    }

    /** Takes all there is, and returns it. */
    private static List<Lease> dried(RedisKeyCoordinator keys) {
        List<Lease> holders = new ArrayList<>();
        while (keys.tryAcquire(REQUEST) instanceof Acquisition.Granted granted) {
            holders.add(granted.lease());
            if (holders.size() > MOST_HOLDERS) {
                throw new IllegalStateException("the pool does not run dry: this machine is too slow");
            }
        }
        return holders;
    }

    private Result run(Drought drought, Style style, List<Lease> holders) {
        server.resetCommands();
        long start = System.nanoTime();
        arrive(style);
        holders.forEach(holder -> end(holder, Duration.ZERO));
        awaitAll();
        double seconds = (System.nanoTime() - start) / 1e9;
        long commands = server.commands().scripts();
        return new Result(
                drought,
                style,
                waiters,
                served.size(),
                (double) commands / Math.max(1, served.size()),
                seconds,
                Order.of(List.copyOf(served)));
    }

    private void arrive(Style style) {
        for (int i = 0; i < waiters; i++) {
            int number = i;
            if (style == Style.FUTURES) {
                var unused =
                        keys.acquireAsync(REQUEST).whenComplete((lease, failure) -> answered(number, lease, failure));
            } else {
                Thread thread = new Thread(() -> acquire(number), "waiter-" + number);
                thread.setDaemon(true);
                thread.start();
                awaitItsPlace(thread);
            }
        }
    }

    /** Comes back when the thread waits, so that the next one comes after it; at the latest after a while. */
    private static void awaitItsPlace(Thread thread) {
        long end = Crew.after(SETTLING_IN);
        while (!Crew.isPast(end)) {
            switch (thread.getState()) {
                case WAITING, TIMED_WAITING, TERMINATED -> {
                    return;
                }
                default -> Thread.onSpinWait();
            }
        }
    }

    private void acquire(int number) {
        try {
            answered(number, keys.acquire(REQUEST), null);
        } catch (RuntimeException e) {
            answered(number, null, e);
        }
    }

    private void answered(int number, @Nullable Lease lease, @Nullable Throwable failure) {
        if (lease != null) {
            served.add(number);
            end(lease, HELD);
        } else {
            if (!(failure instanceof KeyUnavailableException)) {
                failures.add(new IllegalStateException("a waiter failed: " + failure, failure));
            }
            left.countDown();
        }
    }

    private void end(Lease lease, Duration after) {
        var unused = ends.schedule(
                () -> {
                    lease.settle(Outcome.successWithoutUsage());
                    left.countDown();
                },
                after.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    private void awaitAll() {
        try {
            if (!left.await(2 * MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException(left.getCount() + " waiters have not come back");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        }
        if (!failures.isEmpty()) {
            throw failures.remove();
        }
    }
}
