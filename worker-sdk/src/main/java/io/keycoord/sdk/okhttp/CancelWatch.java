package io.keycoord.sdk.okhttp;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;

/**
 * Interrupts a thread that waits for a lease when its call is cancelled or times out: OkHttp marks the call and wakes
 * nobody who waits outside of its sockets. One daemon thread looks after all waits and ends when there are none.
 */
final class CancelWatch {
    private static final long LOOK_MS = 25;
    private static final ScheduledThreadPoolExecutor LOOKOUT = lookout();

    private final Call call;
    private final Thread waiter = Thread.currentThread();
    private final ScheduledFuture<?> looking;
    private boolean over; // guarded by this
    private boolean struck; // guarded by this
    private boolean cleared; // guarded by this

    /** Starts watching on behalf of the current thread, until {@link #end}. */
    CancelWatch(Call call) {
        this.call = call;
        this.looking = LOOKOUT.scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
    }

    private static ScheduledThreadPoolExecutor lookout() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "keycoord-cancel-watch");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setKeepAliveTime(10, TimeUnit.SECONDS);
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    private synchronized void look() {
        if (!over && call.isCanceled()) {
            over = true;
            struck = true;
            waiter.interrupt();
        }
    }

    /**
     * Stops watching; to be called by the thread that began, as often as it likes. No interrupt of ours is left behind.
     *
     * @return whether the call was cancelled meanwhile
     */
    synchronized boolean end() {
        over = true;
        looking.cancel(false);
        if (struck && !cleared) {
            cleared = true;
            Thread.interrupted();
        }
        return struck;
    }
}
