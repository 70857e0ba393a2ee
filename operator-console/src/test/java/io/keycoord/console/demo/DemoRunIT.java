package io.keycoord.console.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.console.cli.Main;
import io.keycoord.embedded.EmbeddedRedis;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/**
 * Whole runs, with worker JVMs. How much is served, and how many calls are under way at the moment in which a key is
 * revoked, depends on what else the machine does; these two promises are not asserted to the number here.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class DemoRunIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

    private DemoReport play(DemoSettings settings) throws IOException, InterruptedException {
        Screen screen = new Screen(new PrintStream(shown, true, StandardCharsets.UTF_8), false);
        try (DemoRun run = new DemoRun(settings, screen)) {
            return run.play();
        }
    }

    @Test
    void aShortRunKeepsItsPromisesAndLeavesTheUsersRedisAsItWas() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Jedis jedis = new Jedis(redis.uri())) {
            jedis.set("keycoord:{demo}:meta", "somebody else's");

            DemoReport report =
                    play(new DemoSettings(12, 2, 4, Optional.of(redis.uri().toString()), 1));

            assertThat(report.broken())
                    .as("%s%n%s", report.text(), shown.toString(StandardCharsets.UTF_8))
                    .allMatch(promise -> promise.contains("95 %") || promise.contains("at most 3 calls"));
            assertThat(report.answered401()).isBetween(1L, 16L);
            assertThat(report.text()).contains("RESULT ");
            assertThat(jedis.keys("*")).containsExactly("keycoord:{demo}:meta");
            assertThat(jedis.get("keycoord:{demo}:meta")).isEqualTo("somebody else's");
        }
    }

    @Test
    void endedFromOutsideItLeavesNoProcessAndNoSecret() throws Exception {
        Process demo = command("demo", "--seconds", "600", "--workers", "2", "--keys", "4");
        List<ProcessHandle> children;
        try (BufferedReader out = demo.inputReader(StandardCharsets.UTF_8)) {
            String line = out.readLine();
            while (line != null && !line.contains("s of 600 s")) {
                line = out.readLine();
            }
            children = demo.descendants().toList();
            assertThat(children).as("two workers, and redis-server").hasSizeGreaterThanOrEqualTo(3);

            demo.destroy();
            assertThat(demo.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } finally {
            demo.destroyForcibly();
        }
        assertThat(demo.exitValue()).isEqualTo(128 + 15);
        try (Stream<Path> left = Files.walk(directory)) {
            assertThat(left.filter(path -> path.toString().contains("keycoord-demo")))
                    .isEmpty();
        }
        await().atMost(PATIENCE).until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void killedItTakesItsWorkersWithIt() throws Exception {
        Process demo = command("demo", "--seconds", "600", "--workers", "2", "--keys", "4");
        List<ProcessHandle> children;
        try (BufferedReader out = demo.inputReader(StandardCharsets.UTF_8)) {
            out.readLine();
            children = demo.descendants().toList();
        } finally {
            demo.destroyForcibly();
        }

        assertThat(children).isNotEmpty();
        await().atMost(PATIENCE).until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
    }

    private Process command(String... args) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + directory,
                Main.class.getName());
        builder.command().addAll(List.of(args));
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        return builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }
}
