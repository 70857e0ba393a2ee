package io.keycoord.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A redis-server under a small shell that watches the pipe from this JVM ({@code supervisor.sh}).
 *
 * <p>The pipe closes when the JVM dies, however it dies, and the shell then kills the server. Signals go through the shell
 * too, because only a parent can send one without hitting a stranger that was given the same process id.
 */
final class ServerProcess {
    private static final Duration START_LIMIT = Duration.ofSeconds(10);
    private static final Duration PAUSE_LIMIT = Duration.ofSeconds(5);
    private static final long STOP_LIMIT_SECONDS = 5;
    private static final String SCRIPT = "supervisor.sh";

    private final Process supervisor;
    private final Path home;

    private ServerProcess(Process supervisor, Path home) {
        this.supervisor = supervisor;
        this.home = home;
    }

    /** Returns when the server accepts connections; otherwise leaves no process behind. */
    static ServerProcess start(Role role, Path binary, Path config, Path home) {
        ServerLog log = ServerLog.appendedTo(home.resolve("redis.log"));
        ServerProcess process = new ServerProcess(spawn(role, binary, config, home, log), home);
        try {
            process.awaitReady(role, log);
            return process;
        } catch (RuntimeException e) {
            process.kill();
            throw e;
        }
    }

    boolean isAlive() {
        return supervisor.isAlive();
    }

    /** Freezes the server with SIGSTOP and returns when it is frozen: whatever is sent to it later gets no answer. */
    void pause() {
        Path acknowledged = home.resolve("paused");
        try {
            Files.deleteIfExists(acknowledged);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        send("pause");
        long deadline = System.nanoTime() + PAUSE_LIMIT.toNanos();
        while (!Files.exists(acknowledged)) {
            if (!supervisor.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException("redis-server could not be paused");
            }
            sleepBriefly();
        }
    }

    /** Ends a pause; the server answers what came meanwhile, a moment after this returns. */
    void resume() {
        send("resume");
    }

    private void send(String word) {
        try {
            supervisor.getOutputStream().write((word + "\n").getBytes(StandardCharsets.US_ASCII));
            supervisor.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException("the supervisor of redis-server is gone", e);
        }
    }

    /** Ends the server with SIGTERM, or with SIGKILL after 5 s, and returns when it is gone. */
    void stop() {
        end("stop");
    }

    /** Ends the server with SIGKILL and returns when it is gone. */
    void kill() {
        end("kill");
    }

    private void end(String word) {
        if (!supervisor.isAlive()) {
            return;
        }
        boolean interrupted = Thread.interrupted();
        if (!goneAfter(word) && !goneAfter("kill")) {
            supervisor.destroyForcibly();
            gone();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean goneAfter(String word) {
        try {
            send(word);
        } catch (UncheckedIOException e) {
            // It died by itself just now.
        }
        return gone();
    }

    private boolean gone() {
        try {
            return supervisor.waitFor(STOP_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Process spawn(Role role, Path binary, Path config, Path home, ServerLog log) {
        List<String> command = new ArrayList<>();
        // A session of its own keeps Ctrl-C in the terminal, and signals to our process group, from the server.
        ServerBinary.onPath("setsid").ifPresent(setsid -> command.add(setsid.toString()));
        Path script = home.resolve(SCRIPT);
        command.addAll(List.of("sh", script.toString(), home.toString(), binary.toString(), config.toString()));
        command.addAll(role.options());
        try {
            copyScript(script);
            return new ProcessBuilder(command)
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.file().toFile()))
                    .start();
        } catch (IOException e) {
            throw new RedisStartException("cannot run a shell to start " + binary + ": " + e.getMessage(), e);
        }
    }

    private static void copyScript(Path to) throws IOException {
        try (InputStream in = ServerProcess.class.getResourceAsStream(SCRIPT)) {
            if (in == null) {
                throw new IllegalStateException(SCRIPT + " is not beside its class");
            }
            Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private void awaitReady(Role role, ServerLog log) {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!log.text().contains(role.ready)) {
            if (!supervisor.isAlive()) {
                throw log.failure("redis-server ended at its start with status " + supervisor.exitValue());
            }
            if (System.nanoTime() > deadline) {
                throw log.failure("redis-server was not ready after " + START_LIMIT.toSeconds() + " s");
            }
            sleepBriefly();
        }
    }

    private static void sleepBriefly() {
        try {
            TimeUnit.MILLISECONDS.sleep(2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RedisStartException("interrupted while waiting for redis-server", e);
        }
    }

    /** The part of the log file that one start of the server writes. */
    private record ServerLog(Path file, long from) {
        static ServerLog appendedTo(Path file) {
            return new ServerLog(file, Files.exists(file) ? file.toFile().length() : 0);
        }

        String text() {
            try (var in = Files.newInputStream(file)) {
                in.skipNBytes(from);
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        RuntimeException failure(String what) {
            String said = withoutSecrets(text());
            return said.contains("Failed listening on port")
                    ? new PortTakenException(said)
                    : new RedisStartException(what + "; it said:\n" + said);
        }

        /** A server that refuses a line of its configuration quotes it. */
        private static String withoutSecrets(String log) {
            return log.replaceAll(
                    "(?m)^(>>> '(?:requirepass|masterauth|primaryauth|user|tls-\\S*pass)\\b).*$", "$1 (not shown)'");
        }
    }
}
