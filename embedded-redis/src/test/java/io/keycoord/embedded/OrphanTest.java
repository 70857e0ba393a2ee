package io.keycoord.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server must not outlive the JVM that started it. */
class OrphanTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** The program of the child JVM: starts a server, tells where, and ends as it is told. */
    static final class Parent {
        public static void main(String[] args) throws IOException {
            EmbeddedRedis redis = args.length > 1
                    ? EmbeddedRedis.builder()
                            .workingDirectory(Path.of(args[1]))
                            .config("save 3600 1")
                            .start()
                    : EmbeddedRedis.start();
            Ask.redis(redis, "SET", "keycoord:x", "1");
            Object dir = ((List<?>) Ask.redis(redis, "CONFIG", "GET", "dir")).get(1);
            System.out.println(redis.port() + " " + dir);
            // Ends when the test writes a line; a test that dies closes the pipe, which is the same.
            System.in.read();
            if (args[0].equals("halt")) {
                Runtime.getRuntime().halt(3);
            }
            System.exit(0);
        }
    }

    @Test
    void endsWithAJvmThatIsKilled() throws IOException {
        try (Child child = Child.started("wait")) {
            child.jvm().destroyForcibly();
            assertServerGoes(child);
        }
    }

    @Test
    void endsWithAJvmThatIsTerminated() throws IOException {
        try (Child child = Child.started("wait")) {
            child.jvm().destroy();
            assertServerGoes(child);
        }
    }

    @Test
    void endsWithAJvmThatExits() throws IOException {
        try (Child child = Child.started("exit")) {
            child.jvm().getOutputStream().close();
            assertServerGoes(child);
        }
    }

    @Test
    void endsWithAJvmThatHalts() throws IOException {
        try (Child child = Child.started("halt")) {
            child.jvm().getOutputStream().close();
            assertServerGoes(child);
        }
    }

    /** A server that may end by itself saves what it holds, if it is told to save at all. */
    @Test
    void mayEndByItselfWhenItsJvmIsKilled(@TempDir Path dir) throws IOException {
        try (Child child = Child.started("wait", dir.toString())) {
            child.jvm().destroyForcibly();

            await().atMost(LIMIT).until(() -> Files.exists(dir.resolve("dump.rdb")) && !Ask.answers(child.port()));
        }
    }

    private static void assertServerGoes(Child child) {
        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(Ask.answers(child.port())).isFalse();
            assertThat(child.home()).doesNotExist();
            assertThat(ProcessHandle.allProcesses().flatMap(p -> p.info().commandLine().stream()))
                    .noneMatch(line -> line.contains(child.home().toString())
                            || line.contains("redis-server 127.0.0.1:" + child.port()));
        });
    }

    /** A JVM that runs {@link Parent}, and the server it started. */
    private record Child(Process jvm, int port, Path home) implements AutoCloseable {
        static Child started(String... args) throws IOException {
            ProcessBuilder command = new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Parent.class.getName());
            command.command().addAll(List.of(args));
            Process jvm = command.redirectError(ProcessBuilder.Redirect.INHERIT).start();
            String line = jvm.inputReader(StandardCharsets.UTF_8).readLine();
            assertThat(line).as("what the child JVM says").matches("\\d+ /.*");
            String[] parts = line.split(" ", 2);
            Child child = new Child(jvm, Integer.parseInt(parts[0]), Path.of(parts[1]));
            assertThat(Ask.answers(child.port())).isTrue();
            assertThat(child.home()).isDirectory();
            return child;
        }

        @Override
        public void close() {
            jvm.destroyForcibly();
        }
    }
}
