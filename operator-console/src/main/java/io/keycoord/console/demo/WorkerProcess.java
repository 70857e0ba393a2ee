package io.keycoord.console.demo;

import io.keycoord.console.WorkerJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A worker JVM, seen from the parent. It gets no secret in its arguments or environment, and ends when this process
 * does.
 */
final class WorkerProcess {
    private final WorkerOrder order;
    private final Process process;
    private final Writer to;
    private final DemandLog log;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean ready;
    private volatile boolean whole;
    private volatile String lastWords = "";

    private WorkerProcess(WorkerOrder order, Process process, DemandLog log) {
        this.order = order;
        this.process = process;
        this.log = log;
        this.to = process.outputWriter(StandardCharsets.UTF_8);
    }

    /**
     * Starts one and tells it its order.
     *
     * @param notes takes what it writes to its standard error, line by line
     */
    static WorkerProcess launch(WorkerOrder order, DemandLog log, Consumer<String> notes) throws IOException {
        WorkerProcess worker = new WorkerProcess(
                order, WorkerJvm.of(WorkerMain.class, "-Xmx128m").start(), log);
        Thread errors = worker.thread("errors", () -> worker.passOn(notes));
        worker.thread("output", () -> worker.read(errors));
        worker.say(order.line());
        return worker;
    }

    private Thread thread(String task, Runnable body) {
        Thread thread = new Thread(body, "demo-worker-" + order.worker() + "-" + task);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    String id() {
        return order.workerId();
    }

    /** Says a line. One that the process does not take any more is dropped: its end is noticed elsewhere. */
    void say(String line) {
        try {
            to.write(line + "\n");
            to.flush();
        } catch (IOException e) {
            lastWords = lastWords.isEmpty() ? "it does not read any more" : lastWords;
        }
    }

    /**
     * Waits until it is ready.
     *
     * @throws IllegalStateException if that takes too long, or it died
     */
    void awaitReady(Duration limit) throws InterruptedException {
        boolean heard = begun.await(limit.toMillis(), TimeUnit.MILLISECONDS);
        if (!ready) {
            String why = heard ? " died at its start: " : " was not ready in time: ";
            throw new IllegalStateException(id() + why + lastWords);
        }
    }

    boolean isGone() {
        return !process.isAlive();
    }

    /** {@code kill -9}. */
    void kill() {
        process.destroyForcibly();
    }

    /** Waits until it is gone and everything it said is heard; whether it ended by itself, and in order. */
    boolean awaitEnd(Duration limit) throws InterruptedException {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
            process.waitFor();
        }
        return ended.await(5, TimeUnit.SECONDS) && whole && process.exitValue() == 0;
    }

    String lastWords() {
        return lastWords;
    }

    private void read(Thread errors) {
        try (BufferedReader from = lines(process.getInputStream())) {
            for (String line = from.readLine(); line != null; line = from.readLine()) {
                WorkerLine.parse(line).ifPresent(this::take);
            }
        } catch (IOException | IllegalArgumentException e) {
            lastWords = e.toString();
            kill();
        } finally {
            awaitLastWords(errors);
            begun.countDown();
            ended.countDown();
        }
    }

    private static void awaitLastWords(Thread errors) {
        try {
            errors.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void take(WorkerLine line) {
        if (line instanceof WorkerLine.Asked asked) {
            log.asked(order.worker(), asked);
        } else if (line instanceof WorkerLine.Done done) {
            log.done(order.worker(), done);
        } else if (line instanceof WorkerLine.Ready) {
            ready = true;
            begun.countDown();
        } else {
            whole = true;
        }
    }

    private void passOn(Consumer<String> notes) {
        try (BufferedReader from = lines(process.getErrorStream())) {
            for (String line = from.readLine(); line != null; line = from.readLine()) {
                lastWords = line;
                notes.accept(id() + ": " + line);
            }
        } catch (IOException e) {
            // the process is gone
        }
    }

    private static BufferedReader lines(InputStream in) {
        return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }
}
