package io.keycoord.console.demo;

import io.keycoord.config.CoordinatorConfig;
import io.keycoord.redis.RedisKeyCoordinator;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A worker JVM of the demo. Told what to do on standard input; what it says goes to standard output. When its input
 * ends, as when the parent dies, it halts.
 */
final class WorkerMain {
    private static final Duration FINISH = Duration.ofSeconds(5);

    private WorkerMain() {}

    /** Entry point; takes no arguments. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            Throwable cause = failure;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            System.err.println(thread.getName() + " failed: " + cause);
            Runtime.getRuntime().halt(1);
        });
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        WorkerOrder order = WorkerOrder.parse(line(in));
        try (RedisKeyCoordinator keys = RedisKeyCoordinator.builder()
                .redis(order.redis())
                .namespace(order.namespace())
                .workerId(order.workerId())
                .config(CoordinatorConfig.load(Path.of(order.config())))
                .build()) {
            Caller caller = new Caller(keys);
            caller.warmUp(keys);
            Demand demand = new Demand(order, caller, line -> say(out, line));
            say(out, new WorkerLine.Ready());
            String go = line(in);
            demand.start(Long.parseLong(go.substring(WorkerOrder.GO.length())));
            line(in);
            demand.finish(FINISH);
        }
        say(out, new WorkerLine.Ended());
    }

    private static String line(BufferedReader in) throws IOException {
        String line = in.readLine();
        if (line == null) {
            Runtime.getRuntime().halt(1);
            throw new IllegalStateException("halted");
        }
        return line;
    }

    private static void say(PrintStream out, WorkerLine line) {
        synchronized (out) {
            out.print(line.text() + "\n");
            out.flush();
        }
    }
}
