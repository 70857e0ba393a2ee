package io.keycoord.benchmarks.measure;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** The threads that call; all of them do the same at a time. One thread's. */
final class Crew implements AutoCloseable {
    private final ExecutorService threads;
    private final int size;

    Crew(int size) {
        this.size = size;
        this.threads = Executors.newFixedThreadPool(size);
    }

    /**
     * Lets each thread do the work of its number, from zero, and returns their results in that order.
     *
     * @throws IllegalStateException if one of them failed; the others have ended too
     */
    <T> List<T> all(Work<T> work) {
        try {
            List<Callable<T>> tasks = IntStream.range(0, size)
                    .<Callable<T>>mapToObj(i -> () -> work.of(i))
                    .toList();
            List<Future<T>> done = threads.invokeAll(tasks);
            return done.stream().map(Crew::result).toList();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        }
    }

    /** What one thread does. */
    interface Work<T> {
        T of(int thread);
    }

    private static <T> T result(Future<T> done) {
        try {
            return done.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a call failed while measuring: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        }
    }

    /** Whether an instant of {@link System#nanoTime} has come. */
    static boolean isPast(long nanos) {
        return System.nanoTime() - nanos >= 0;
    }

    static long after(Duration duration) {
        return System.nanoTime() + duration.toNanos();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
