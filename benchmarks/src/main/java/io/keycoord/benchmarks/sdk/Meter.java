package io.keycoord.benchmarks.sdk;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What all threads of this JVM have taken since it was started: the caller's and those that the transport and the SDK have of
 * their own, without the compiler and the garbage collector.
 */
final class Meter {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /**
     * What one call, or one event, takes.
     *
     * @param micros until the caller goes on
     * @param cpuMicros of all threads
     * @param bytes that all threads allocate
     */
    record Cost(double micros, double cpuMicros, double bytes) {}

    private record Spent(long nanos, long bytes) {}

    private final Set<Long> others;
    private final Map<Long, Spent> before;
    private final long startNanos;

    /** Starts; the work of threads whose ids are among {@code others} does not count. */
    Meter(Set<Long> others) {
        this.others = others;
        this.before = read();
        this.startNanos = System.nanoTime();
    }

    private static Map<Long, Spent> read() {
        long[] ids = THREADS.getAllThreadIds();
        long[] nanos = THREADS.getThreadCpuTime(ids);
        long[] bytes = THREADS.getThreadAllocatedBytes(ids);
        Map<Long, Spent> all = new HashMap<>();
        for (int i = 0; i < ids.length; i++) {
            all.put(ids[i], new Spent(Math.max(0, nanos[i]), Math.max(0, bytes[i])));
        }
        return all;
    }

    /** The mean of as many as were made meanwhile. */
    Cost of(long count) {
        long wall = System.nanoTime() - startNanos;
        long nanos = 0;
        long bytes = 0;
        for (Map.Entry<Long, Spent> thread : read().entrySet()) {
            if (!others.contains(thread.getKey())) {
                Spent then = before.getOrDefault(thread.getKey(), new Spent(0, 0));
                nanos += thread.getValue().nanos - then.nanos;
                bytes += thread.getValue().bytes - then.bytes;
            }
        }
        return new Cost(wall / 1e3 / count, nanos / 1e3 / count, (double) bytes / count);
    }
}
