package io.keycoord.redis;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The threads of one coordinator, all of them daemons; none is started before there is something to do. */
final class WorkerThreads {
    private static final int BACKGROUND = 2;
    private static final int CALLERS = 4;
    private static final int SENDERS = 32;
    private static final int IDLE_SECONDS = 10;
    private static final int END_SECONDS = 1;

    /** Look after leases; may wait for Redis. */
    final ScheduledThreadPoolExecutor background = scheduler("keycoord", BACKGROUND);

    /** Tells when time is up; calls nobody. */
    final ScheduledThreadPoolExecutor clock = scheduler("keycoord-clock", 1);

    /** Looks for secrets that have changed; may wait for whoever keeps them. */
    final ScheduledThreadPoolExecutor secrets = scheduler("keycoord-secrets", 1);

    /** Make the calls of futures; they end when there are none. */
    final ThreadPoolExecutor callers = callers();

    /** Make calls for callers who may not wait for their end; as many as are needed at a time, and none for long without work. */
    final ThreadPoolExecutor senders = senders();

    private static ScheduledThreadPoolExecutor scheduler(String name, int threads) {
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(threads, daemons(name));
        scheduler.setRemoveOnCancelPolicy(true);
        return scheduler;
    }

    private static ThreadPoolExecutor callers() {
        ThreadPoolExecutor callers = new ThreadPoolExecutor(
                CALLERS,
                CALLERS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                daemons("keycoord-async"));
        callers.allowCoreThreadTimeOut(true);
        return callers;
    }

    private static ThreadPoolExecutor senders() {
        // Offers only what an idle thread takes, for an executor begins a thread when its queue refuses.
        LinkedTransferQueue<Runnable> queue = new LinkedTransferQueue<>() {
            @Override
            public boolean offer(Runnable task) {
                return tryTransfer(task);
            }
        };
        return new ThreadPoolExecutor(
                0, SENDERS, IDLE_SECONDS, TimeUnit.SECONDS, queue, daemons("keycoord-sender"), (task, full) -> {
                    if (full.isShutdown()) {
                        throw new RejectedExecutionException("closed");
                    }
                    queue.put(task);
                });
    }

    private static ThreadFactory daemons(String name) {
        AtomicLong threads = new AtomicLong();
        return task -> {
            Thread thread = new Thread(task, name + "-" + threads.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Interrupts what they do, and drops what they were to do. But what is being sent may go on, and is waited for a while. */
    void end() {
        clock.shutdownNow();
        callers.shutdownNow();
        background.shutdownNow();
        secrets.shutdownNow();
        senders.shutdown();
        try {
            boolean ignored = senders.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
