package io.keycoord.benchmarks.measure;

import io.keycoord.Lease;
import io.keycoord.benchmarks.contender.KeycoordCycles;
import io.keycoord.benchmarks.contender.Load;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Time that acquire and settle take within Redis, by the size of the pool: one caller, so that nothing queues; the sizes
 * take turns, and each is compared with the first one of the same round.
 */
public final class ScriptTimes {
    private static final int CALLS = 100;
    private static final int LEAST_ROUNDS = 5;

    /**
     * One size's figures; times are of one call.
     *
     * @param accounts of one key each
     * @param acquireRatio the acquire against that of the first size, the median of the rounds
     * @param settleRatio likewise
     * @param commandsPerAcquire runs of scripts that Redis counted for an acquire, the median of the rounds: what a worker asks
     *     now and then in the background is in few of them
     * @param registerSeconds how long it took to write the pool
     */
    public record Result(
            int accounts,
            Statistics acquireMicros,
            double acquireRatio,
            Statistics settleMicros,
            double settleRatio,
            double commandsPerAcquire,
            double commandsPerSettle,
            double registerSeconds) {}

    /** Figures of some calls, one after the other. */
    private record Window(double micros, double commands) {}

    /** A pool and its figures. */
    private static final class Pool {
        final int accounts;
        final KeycoordCycles keys;
        final double registerSeconds;
        final List<Window> acquires = new ArrayList<>();
        final List<Window> settles = new ArrayList<>();

        Pool(Server server, int accounts) {
            this.accounts = accounts;
            long start = System.nanoTime();
            this.keys = KeycoordCycles.of("size-" + accounts, server.uri(), new Load(accounts, 1));
            this.registerSeconds = (System.nanoTime() - start) / 1e9;
        }

        void round(Server server) {
            List<Lease> leases = new ArrayList<>();
            acquires.add(window(server, () -> leases.add(keys.acquire())));
            settles.add(window(server, () -> keys.settle(leases.remove(leases.size() - 1))));
        }
    }

    private ScriptTimes() {}

    /** Measures, at least five rounds; the server is empty afterwards. */
    public static List<Result> measure(Server server, List<Integer> sizes, Duration length, Consumer<String> progress) {
        List<Pool> pools = new ArrayList<>();
        try {
            for (int size : sizes) {
                progress.accept("writing " + size + " accounts");
                pools.add(new Pool(server, size));
            }
            progress.accept("taking turns");
            pools.forEach(pool -> pool.round(server));
            pools.forEach(pool -> {
                pool.acquires.clear();
                pool.settles.clear();
            });
            long end = Crew.after(length);
            for (int round = 0; round < LEAST_ROUNDS || !Crew.isPast(end); round++) {
                pools.forEach(pool -> pool.round(server));
            }
            return pools.stream().map(pool -> result(pool, pools.get(0))).toList();
        } finally {
            pools.forEach(pool -> pool.keys.close());
            server.clear();
        }
    }

    private static Window window(Server server, Runnable call) {
        server.resetCommands();
        for (int i = 0; i < CALLS; i++) {
            call.run();
        }
        CommandStats counted = server.commands();
        return new Window((double) counted.scriptMicros() / CALLS, (double) counted.scripts() / CALLS);
    }

    private static Result result(Pool pool, Pool first) {
        return new Result(
                pool.accounts,
                micros(pool.acquires),
                ratio(pool.acquires, first.acquires),
                micros(pool.settles),
                ratio(pool.settles, first.settles),
                commands(pool.acquires),
                commands(pool.settles),
                pool.registerSeconds);
    }

    private static Statistics micros(List<Window> windows) {
        return Statistics.of(windows.stream().map(Window::micros).toList());
    }

    private static double ratio(List<Window> windows, List<Window> first) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < windows.size(); i++) {
            ratios.add(windows.get(i).micros() / first.get(i).micros());
        }
        return Statistics.of(ratios).median();
    }

    private static double commands(List<Window> windows) {
        return Statistics.of(windows.stream().map(Window::commands).toList()).median();
    }
}
