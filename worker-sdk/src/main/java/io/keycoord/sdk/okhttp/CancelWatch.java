package io.keycoord.sdk.okhttp;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import okhttp3.Call;

/**
 * Interrupts a thread that waits for a lease when its call is cancelled or times out: OkHttp marks the call and wakes
 * nobody who waits outside of its sockets. One daemon thread looks after all waits and ends when there are none for a while;
 * a call that gets its lease at once does not wake it.
 */
final class CancelWatch {
    private static final long LOOK_MS = 25;
    private static final int QUIET_LOOKS = 360;
    private static final Set<CancelWatch> WATCHES = ConcurrentHashMap.newKeySet();
    private static final AtomicBoolean LOOKING = new AtomicBoolean();
    private static final ScheduledThreadPoolExecutor LOOKOUT = lookout();

    private final Call call;
    private final Thread waiter = Thread.currentThread();
    private boolean over; // guarded by this
    private boolean struck; // guarded by this
    private boolean cleared; // guarded by this

    /** Starts watching on behalf of the current thread, until {@link #end}. */
    CancelWatch(Call call) {
        this.call = call;
        WATCHES.add(this);
        lookFromNowOn();
    }

    private static ScheduledThreadPoolExecutor lookout() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "keycoord-cancel-watch");
            thread.setDaemon(true);
            return thread;
        });
        executor.setKeepAliveTime(1, TimeUnit.SECONDS);
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    private static void lookFromNowOn() {
        if (!LOOKING.get() && LOOKING.compareAndSet(false, true)) {
            lookLater(0);
        }
    }

    private static void lookLater(int quietLooks) {
        var unused = LOOKOUT.schedule(() -> lookAtAll(quietLooks), LOOK_MS, TimeUnit.MILLISECONDS);
    }

    private static void lookAtAll(int quietLooks) {
        try {
            WATCHES.forEach(CancelWatch::look);
        } finally {
            goOn(WATCHES.isEmpty() ? quietLooks + 1 : 0);
        }
    }

    private static void goOn(int quietLooks) {
        if (quietLooks < QUIET_LOOKS) {
            lookLater(quietLooks);
            return;
        }
        LOOKING.set(false);
        // Of one that came just now, nobody may have taken note.
        if (!WATCHES.isEmpty()) {
            lookFromNowOn();
        }
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
        WATCHES.remove(this);
        if (struck && !cleared) {
            cleared = true;
            Thread.interrupted();
        }
        return struck;
    }
}
