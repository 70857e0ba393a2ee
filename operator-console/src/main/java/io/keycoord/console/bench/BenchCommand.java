package io.keycoord.console.bench;

import io.keycoord.embedded.EmbeddedRedis;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints what acquire and settle cost a real redis-server, and what a key and a lease take of its memory. */
@Command(name = "bench", description = "Measure what the engine costs, beside the floor of the same run.")
public final class BenchCommand implements Callable<Integer> {
    private static final int MOST_ACCOUNTS = 100_000;

    @Option(
            names = "--accounts",
            split = ",",
            defaultValue = "10,1000,10000",
            description = "sizes of the pools to measure (default: ${DEFAULT-VALUE})")
    private List<Integer> accounts = List.of();

    @Option(names = "--seconds", defaultValue = "3", description = "length of each measurement of the throughput")
    private int seconds;

    @Option(
            names = "--threads",
            split = ",",
            defaultValue = "16",
            description = "callers of the throughput (default: ${DEFAULT-VALUE})")
    private List<Integer> threads = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        check("--seconds", seconds, 60);
        threads.forEach(count -> check("--threads", count, 256));
        accounts.forEach(size -> check("--accounts", size, MOST_ACCOUNTS));
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                "%s, Java %s, %d processors, redis-server on loopback%n",
                System.getProperty("os.arch"),
                Runtime.version().feature(),
                Runtime.getRuntime().availableProcessors());
        List<BenchResult> results = new ArrayList<>();
        for (int size : accounts) {
            try (EmbeddedRedis redis = EmbeddedRedis.start();
                    BenchRun run = new BenchRun(redis.uri(), size, threads)) {
                results.add(run.measure(Duration.ofSeconds(seconds)));
            }
            print(out, results.get(results.size() - 1), results.get(0));
        }
        return 0;
    }

    private void check(String option, int value, int most) {
        if (value < 1 || value > most) {
            throw new ParameterException(spec.commandLine(), option + " is " + value + ", expected 1 to " + most);
        }
    }

    private static void print(PrintWriter out, BenchResult result, BenchResult first) {
        out.printf(Locale.ROOT, "%n%,d accounts of one key each%n", result.accounts());
        out.printf(
                Locale.ROOT,
                "  server time a call    acquire %.1f us (%.2fx that at %,d)   settle %.1f us   EVALSHA return 1: %.1f us%n",
                result.acquireMicros(),
                result.acquireMicros() / first.acquireMicros(),
                first.accounts(),
                result.settleMicros(),
                result.floorMicros());
        result.throughputs().forEach(throughput -> print(out, throughput));
        out.printf(
                Locale.ROOT,
                "  Redis memory          %,d B a key with its account and indexes   %,d B a live lease%n",
                result.bytesPerKey(),
                result.bytesPerLease());
        out.printf(
                Locale.ROOT,
                "  Redis commands        %.2f an acquire, %.2f a settle%n",
                result.commandsPerAcquire(),
                result.commandsPerSettle());
        out.flush();
    }

    private static void print(PrintWriter out, Throughput throughput) {
        out.printf(
                Locale.ROOT,
                "  %3d threads           EVALSHA return 1: %,.0f/s   a cycle costs %.1f of these, combined %.1f%n",
                throughput.threads(),
                throughput.floorPerSecond(),
                throughput.floorPerSecond() / throughput.plain().cyclesPerSecond(),
                throughput.floorPerSecond() / throughput.combined().cyclesPerSecond());
        print(out, "plain", throughput.plain());
        print(out, "combined", throughput.combined());
    }

    private static void print(PrintWriter out, String way, Throughput.Way figures) {
        out.printf(
                Locale.ROOT,
                "    %-8s            %,.0f cycles/s   %.2f commands and %.1f us of the server a cycle%n",
                way,
                figures.cyclesPerSecond(),
                figures.commandsPerCycle(),
                figures.serverMicrosPerCycle());
    }
}
