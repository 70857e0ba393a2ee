package io.keycoord.console.batch;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A worker in a process of its own. Three threads serve it: one writes frames, so that a worker that does not read
 * never holds up the run; one reads frames; one passes on what the process writes to its standard error.
 */
final class JvmWorker implements Worker {
    private static final String NO_MORE = "";
    /** Between the end of what a process says and its own end; what takes longer hangs. */
    private static final long LAST_MOMENT_SECONDS = 10;

    private final int number;
    private final Process process;
    private final Consumer<WorkerEvent> events;
    private final BlockingQueue<String> outgoing = new LinkedBlockingQueue<>();
    private volatile String lastWords = "";

    private JvmWorker(int number, Process process, Consumer<WorkerEvent> events) {
        this.number = number;
        this.process = process;
        this.events = events;
    }

    /**
     * Starts a process and says {@code start} to it.
     *
     * @param notes takes what it writes to its standard error, line by line
     */
    static Worker launch(
            ProcessBuilder command, int number, Frame.Start start, Consumer<WorkerEvent> events, Consumer<String> notes)
            throws IOException {
        JvmWorker worker = new JvmWorker(number, command.start(), events);
        worker.send(start);
        worker.thread("writer", worker::write);
        Thread errors = worker.thread("errors", () -> worker.passOn(notes));
        worker.thread("reader", () -> worker.read(errors));
        return worker;
    }

    @Override
    public void send(Frame frame) {
        outgoing.add(Frame.write(frame));
    }

    @Override
    public void kill() {
        // Through the handle, for the process itself would take the streams from the threads that read them.
        process.toHandle().destroyForcibly();
    }

    @Override
    public void finish() {
        outgoing.add(NO_MORE);
    }

    @Override
    public void awaitEnd(Duration limit) {
        try {
            if (process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        kill();
    }

    private Thread thread(String task, Runnable body) {
        Thread thread = new Thread(body, "worker-" + number + "-" + task);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void write() {
        try (Writer to =
                new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8))) {
            for (String frame = outgoing.take(); !frame.equals(NO_MORE); frame = outgoing.take()) {
                to.write(frame);
                to.write('\n');
                if (outgoing.isEmpty()) {
                    to.flush();
                }
            }
        } catch (IOException e) {
            // the process is gone, which its reader notices
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read(Thread errors) {
        String why = "";
        try (BufferedReader from = lines(process.getInputStream())) {
            for (String line = from.readLine(); line != null; line = from.readLine()) {
                events.accept(new WorkerEvent.Said(number, Frame.read(line)));
            }
        } catch (IOException e) {
            why = "its output cannot be read";
        } catch (IllegalArgumentException e) {
            why = "it wrote something that is no frame";
        }
        end(errors, why);
    }

    private void end(Thread errors, String why) {
        try {
            if (!why.isEmpty() || !process.waitFor(LAST_MOMENT_SECONDS, TimeUnit.SECONDS)) {
                kill();
            }
            int code = process.waitFor();
            errors.join(TimeUnit.SECONDS.toMillis(LAST_MOMENT_SECONDS));
            String exit = "exit code " + code;
            String words = lastWords.isEmpty() ? "" : " (" + lastWords + ")";
            events.accept(new WorkerEvent.Ended(number, (why.isEmpty() ? exit : why) + words));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void passOn(Consumer<String> notes) {
        try (BufferedReader from = lines(process.getErrorStream())) {
            for (String line = from.readLine(); line != null; line = from.readLine()) {
                lastWords = line;
                notes.accept("worker " + number + ": " + line);
            }
        } catch (IOException e) {
            // the process is gone
        }
    }

    private static BufferedReader lines(InputStream in) {
        return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }
}
