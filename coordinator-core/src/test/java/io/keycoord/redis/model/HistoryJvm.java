package io.keycoord.redis.model;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** A worker JVM, seen from the parent. It ends with its input, so it does not outlive this JVM. */
final class HistoryJvm implements AutoCloseable {
    private static final long LIMIT_SECONDS = 120;

    final int number;
    private final Process process;
    private final BufferedReader from;
    private final Writer to;

    HistoryJvm(int number) throws IOException {
        this(number, HistoryWorker.class);
    }

    HistoryJvm(int number, Class<?> program) throws IOException {
        this.number = number;
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                program.getName());
        Map<String, String> environment = builder.environment();
        environment.put("CLASSPATH", Objects.requireNonNull(System.getProperty("java.class.path")));
        this.process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        this.from = process.inputReader(StandardCharsets.UTF_8);
        this.to = process.outputWriter(StandardCharsets.UTF_8);
    }

    void order(HistoryWorker.Order order) throws IOException {
        order(order.line());
    }

    void order(String line) throws IOException {
        to.write(line + "\n");
        to.flush();
    }

    /**
     * Waits for its next word.
     *
     * @throws IllegalStateException if it says another one, nothing for two minutes, or has ended
     */
    void await(String word) throws InterruptedException {
        tells(word);
    }

    /** The same; what it says after that word. */
    String tells(String word) throws InterruptedException {
        FutureTask<String> said = new FutureTask<>(from::readLine);
        Thread reader = new Thread(said, "history-worker-" + number);
        reader.setDaemon(true);
        reader.start();
        try {
            String line = said.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            if (line == null || !(line + " ").startsWith(word + " ")) {
                throw new IllegalStateException("worker " + number + " said " + line + ", expected " + word);
            }
            return line.substring(word.length()).strip();
        } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("worker " + number + " did not say " + word, e);
        }
    }

    /** STOP or CONT. */
    void signal(String name) throws IOException, InterruptedException {
        int exit = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IllegalStateException("kill -" + name + " ended with " + exit);
        }
    }

    /** {@code kill -9}; returns when it is gone. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    static void closeAll(List<HistoryJvm> workers) {
        workers.forEach(HistoryJvm::close);
    }
}
