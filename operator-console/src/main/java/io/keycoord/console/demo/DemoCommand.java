package io.keycoord.console.demo;

import io.keycoord.console.ExitCode;
import io.keycoord.console.Terminal;
import io.keycoord.console.UsageException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import redis.clients.jedis.exceptions.JedisException;

/** {@code keycoord demo}. */
@Command(
        name = "demo",
        description = {
            "Shows several worker JVMs sharing API keys through Redis, within every limit.",
            "",
            "Starts an embedded Redis, a simulated provider with limits of its own, and worker JVMs with more demand than"
                    + " the limits admit. Meanwhile one key is revoked, one fails and recovers, and one worker is killed."
                    + " A report at the end says what was promised and what was measured.",
            ""
        },
        footer = {"", "Exit codes: 0 every promise was kept, 1 one was not, 2 a wrong flag, 130 interrupted."})
public final class DemoCommand implements Callable<Integer> {
    @Option(names = "--seconds", defaultValue = "30", paramLabel = "N", description = "length, 9 to 3600 (default: 30)")
    private int seconds;

    @Option(
            names = "--workers",
            defaultValue = "4",
            paramLabel = "N",
            description = "worker JVMs, 2 to 16 (default: 4)")
    private int workers;

    @Option(
            names = "--keys",
            defaultValue = "8",
            paramLabel = "N",
            description = "API keys, two to an account, 4 to 24 (default: 8)")
    private int keys;

    @Option(
            names = "--redis",
            paramLabel = "URL",
            description = "a Redis to use; what is in it is left alone (default: an embedded one)")
    private @Nullable String redis;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description = "of the demand (default: 1)")
    private long seed;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Screen screen = new Screen(System.out, Terminal.isStandardOutput());
        try (DemoRun run = open(settings(), screen)) {
            Runtime.getRuntime().addShutdownHook(new Thread(run::close, "demo-cleaner"));
            return play(run, screen);
        }
    }

    private static int play(DemoRun run, Screen screen) throws InterruptedException {
        try {
            DemoReport report = run.play();
            screen.print("\n" + report.text());
            return report.ok() ? ExitCode.OK : ExitCode.FAILED;
        } catch (RuntimeException e) {
            if (run.isClosed()) {
                return ExitCode.INTERRUPTED;
            }
            throw e;
        }
    }

    private static DemoRun open(DemoSettings settings, Screen screen) throws IOException {
        try {
            return new DemoRun(settings, screen);
        } catch (IllegalArgumentException e) {
            throw new UsageException("" + e.getMessage());
        } catch (JedisException e) {
            throw new UsageException("the Redis of --redis does not answer: " + e.getMessage());
        }
    }

    private DemoSettings settings() {
        try {
            return new DemoSettings(seconds, workers, keys, Optional.ofNullable(redis), seed);
        } catch (IllegalArgumentException e) {
            throw new UsageException("" + e.getMessage());
        }
    }
}
