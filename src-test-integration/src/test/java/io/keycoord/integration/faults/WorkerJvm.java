package io.keycoord.integration.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A {@link FaultWorker}, seen from the parent. It ends with its input, so it does not outlive this JVM. */
final class WorkerJvm implements AutoCloseable {
    private static final long LIMIT_SECONDS = 120;

    /** What a worker saw of a load. */
    record Report(long settled, List<Sample> samples) {}

    private final Process process;
    private final Writer to;
    private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
    private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();

    private WorkerJvm(Process process) {
        this.process = process;
        this.to = process.outputWriter(StandardCharsets.UTF_8);
        Thread reader = new Thread(this::listen, "worker-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /** It is not ready yet; the options are those of its JVM. */
    static WorkerJvm start(String url, FaultPool pool, String... options) throws IOException {
        return start(List.of(options), FaultWorker.class, url, pool.word());
    }

    /** One that runs another program; it is to listen and to speak as a {@link FaultWorker} does. */
    static WorkerJvm start(Class<?> program, String... arguments) throws IOException {
        return start(List.of(), program, arguments);
    }

    private static WorkerJvm start(List<String> options, Class<?> program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto"));
        command.addAll(options);
        command.add(program.getName());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("CLASSPATH", Objects.requireNonNull(System.getProperty("java.class.path")));
        return new WorkerJvm(builder.redirectErrorStream(true).start());
    }

    private void listen() {
        try (BufferedReader from = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = from.readLine(); line != null; line = from.readLine()) {
                if (line.startsWith(FaultWorker.MARK)) {
                    said.add(line.substring(FaultWorker.MARK.length()));
                } else {
                    log.add(line);
                }
            }
        } catch (IOException e) {
            log.add(e.toString());
        }
    }

    /** What it said after this word, which is the next it says. */
    String await(String word) throws InterruptedException {
        String line = said.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (line == null || !line.startsWith(word)) {
            throw new IllegalStateException("the worker said " + line + ", expected " + word + "; its log: " + log);
        }
        return line.substring(word.length()).strip();
    }

    void order(String line) {
        try {
            to.write(line + "\n");
            to.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the worker does not listen; its log: " + log, e);
        }
    }

    void hold(int leases) throws InterruptedException {
        order("hold " + leases);
        String holds = await("held");
        if (!holds.equals(Integer.toString(leases))) {
            throw new IllegalStateException("the worker holds " + holds + " leases, expected " + leases);
        }
    }

    void load(Load.Plan plan) throws InterruptedException {
        order("load " + plan.words());
        await("loading");
    }

    Report stop() throws InterruptedException {
        order("stop");
        String[] words = await("stopped").split(" ", -1);
        return new Report(Long.parseLong(words[0]), Sample.parse(words[1]));
    }

    /** What it has seen since it was asked last. */
    List<Sample> take() throws InterruptedException {
        order("take");
        return Sample.parse(await("took").split(" ", -1)[1]);
    }

    /** What is reachable of its heap, in bytes. */
    long heap() throws InterruptedException {
        order("size");
        return Long.parseLong(await("size").split(" ", -1)[0]);
    }

    /** Lines of its log that hold this text. */
    List<String> logged(String text) {
        return log.stream().filter(line -> line.contains(text)).toList();
    }

    /** STOP, CONT or TERM. */
    void signal(String name) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IllegalStateException("kill -" + name + " ended with " + exit);
        }
    }

    /** {@code kill -9}; does not wait for the end. */
    void kill() {
        process.destroyForcibly();
    }

    /** Its exit code; 143 after SIGTERM. */
    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the worker does not end; its log: " + log);
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
