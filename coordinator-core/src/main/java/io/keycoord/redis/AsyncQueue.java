package io.keycoord.redis;

import io.keycoord.LeaseRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The acquires of a pool's futures on their way to Redis: one task at a time sends what has queued up, in its order, many
 * in one call, and the most important of them first. So a thousand futures hold one thread, and are served in the order in which they came.
 *
 * <p>A clock of its own tells when time is up: what it runs only puts work into queues, so no call holds it up.
 */
final class AsyncQueue {
    private final Acquisitions acquisitions;
    private final ScheduledExecutorService clock;
    private final Executor threads;
    private final Deque<AsyncAcquisition> waiting = new ArrayDeque<>(); // guarded by this
    private final Set<AsyncAcquisition> open = ConcurrentHashMap.newKeySet();
    private boolean sending; // guarded by this

    /**
     * An empty queue.
     *
     * @param acquisitions of the pool
     * @param clock runs what is due, at once
     * @param threads run what calls Redis
     */
    AsyncQueue(Acquisitions acquisitions, ScheduledExecutorService clock, Executor threads) {
        this.acquisitions = acquisitions;
        this.clock = clock;
        this.threads = threads;
    }

    /** Notes one that has begun. */
    void open(AsyncAcquisition acquisition) {
        open.add(acquisition);
    }

    /** Notes one that has ended. */
    void closed(AsyncAcquisition acquisition) {
        open.remove(acquisition);
    }

    /** Ends all that have begun. */
    void fail(RuntimeException e) {
        open.forEach(acquisition -> acquisition.failed(e));
    }

    void add(AsyncAcquisition acquisition) {
        synchronized (this) {
            waiting.addLast(acquisition);
            if (sending) {
                return;
            }
            sending = true;
        }
        try {
            threads.execute(this::sendAll);
        } catch (RejectedExecutionException e) {
            refuse(e);
        }
    }

    private synchronized void refuse(RejectedExecutionException e) {
        sending = false;
        waiting.forEach(acquisition -> acquisition.failed(e));
        waiting.clear();
    }

    private void sendAll() {
        for (List<AsyncAcquisition> some = next(); !some.isEmpty(); some = next()) {
            List<Acquisitions.Tried> tried =
                    acquisitions.each(some.stream().map(AsyncAcquisition::want).toList());
            for (int i = 0; i < some.size(); i++) {
                tried.get(i).tell(some.get(i));
            }
        }
    }

    /** The next to be sent; none, and then nobody is sending any more. */
    private synchronized List<AsyncAcquisition> next() {
        List<AsyncAcquisition> some = new ArrayList<>();
        while (some.size() < Batch.MOST && !waiting.isEmpty()) {
            AsyncAcquisition first = waiting.removeFirst();
            if (!first.isDone()) {
                some.add(first);
            }
        }
        sending = !some.isEmpty();
        some.sort(Comparator.comparing(AsyncAcquisition::priority));
        return some;
    }

    /** When the time of a future is over. */
    Deadline until(LeaseRequest request, Deadline deadline) {
        return acquisitions.until(request, deadline);
    }

    /** What becomes of a request that Redis has not answered in time. */
    Acquisitions.Tried unanswered(LeaseRequest request) {
        return acquisitions.withoutRedis(request, Senders.late(Script.ACQUIRE));
    }

    /** Runs what may call Redis. */
    void run(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    /** Runs what calls nobody, after so many nanoseconds; never, if this worker ends before. */
    Future<?> later(long nanos, Runnable step) {
        try {
            return clock.schedule(step, nanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
