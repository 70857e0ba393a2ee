package io.keycoord.console.demo;

import io.keycoord.simulator.PromptTokens;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The demand on one worker, open loop: requests are asked for at their times whether or not anybody is free, and queue
 * up, first come first served. Started and finished once.
 */
final class Demand {
    private final WorkerOrder order;
    private final Caller caller;
    private final Consumer<WorkerLine> out;
    private final LinkedBlockingQueue<DemandStream.Item> queue = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean finishing;
    private volatile long startNanos;

    Demand(WorkerOrder order, Caller caller, Consumer<WorkerLine> out) {
        this.order = order;
        this.caller = caller;
        this.out = out;
    }

    /** Begins at an instant that is near, in milliseconds since the epoch. */
    void start(long epochMs) {
        startNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(epochMs - System.currentTimeMillis());
        thread("demand", this::ask);
        for (int i = 0; i < order.callers(); i++) {
            thread("caller-" + i, this::serve);
        }
    }

    private void thread(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void ask() {
        DemandStream stream = order.demand();
        try {
            while (!finishing) {
                DemandStream.Item item = stream.next();
                TimeUnit.NANOSECONDS.sleep(item.offsetNanos() - (System.nanoTime() - startNanos));
                if (!finishing) {
                    long tokens = PromptTokens.of(1, item.promptChars()) + item.maxTokens();
                    out.accept(new WorkerLine.Asked(item.number(), item.offsetNanos() / 1000, tokens));
                    queue.add(item);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve() {
        try {
            while (!finishing) {
                DemandStream.Item item = queue.poll(50, TimeUnit.MILLISECONDS);
                if (item != null && !finishing) {
                    serve(item);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(DemandStream.Item item) {
        Caller.Result result = caller.call(item);
        long sentMicros = result.sent() ? micros(result.sentNanos()) : -1;
        out.accept(new WorkerLine.Done(item.number(), result.status(), sentMicros, micros(System.nanoTime())));
    }

    private long micros(long nanoTime) {
        return (nanoTime - startNanos) / 1000;
    }

    /** Asks for no more, drops what is queued, and lets the calls under way end; cancels them when the time is over. */
    void finish(Duration limit) throws InterruptedException {
        finishing = true;
        long endNanos = System.nanoTime() + limit.toNanos();
        for (Thread thread : threads) {
            TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, endNanos - System.nanoTime()));
        }
        caller.cancel();
        for (Thread thread : threads) {
            thread.join(1000);
        }
    }
}
