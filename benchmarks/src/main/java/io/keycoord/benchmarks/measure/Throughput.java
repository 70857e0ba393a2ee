package io.keycoord.benchmarks.measure;

import io.keycoord.benchmarks.contender.Contender;
import io.keycoord.benchmarks.contender.Load;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Cycles a second of all contenders, in rounds: each round gives each of them one turn, so that what else the machine does
 * falls on all alike. Figures are compared within a round only; the first round warms up and does not count.
 */
public final class Throughput {

    /**
     * One contender's figures.
     *
     * @param perSecond cycles a second by all threads together, over the rounds
     * @param ratios by the name of each contender: how often its cycles a second go into these, the median of the rounds
     * @param roundTrips waits for Redis a cycle
     * @param serverMicros CPU time of the redis-server a cycle, with what it takes to read and write
     * @param grantedShare share of the cycles that were granted, 0 to 1
     */
    public record Result(
            Contender contender,
            Statistics perSecond,
            Map<String, Double> ratios,
            double roundTrips,
            double serverMicros,
            double grantedShare) {

        /**
         * How often the cycles a second of another go into these.
         *
         * @throws IllegalArgumentException if there is no such contender
         */
        public double ratioTo(String name) {
            Double ratio = ratios.get(name);
            if (ratio == null) {
                throw new IllegalArgumentException("contender is " + name + ", expected one of " + ratios.keySet());
            }
            return ratio;
        }
    }

    /** One contender's turn in one round. */
    private record Turn(long cycles, long granted, double perSecond, long reads, double cpuMicros) {}

    private final Server server;
    private final Crew crew;
    private final SplittableRandom random;

    private Throughput(Server server, Crew crew, long seed) {
        this.server = server;
        this.crew = crew;
        this.random = new SplittableRandom(seed);
    }

    /**
     * Measures; the server is empty afterwards.
     *
     * @param rounds that count, besides the one that warms up
     * @param turn how long a contender is called in a round
     */
    public static List<Result> measure(
            Server server,
            List<Contender> contenders,
            Load load,
            int rounds,
            Duration turn,
            long seed,
            Consumer<String> progress) {
        List<OpenContender> open = OpenContender.all(contenders, server, load);
        try (Crew crew = new Crew(load.threads())) {
            Throughput throughput = new Throughput(server, crew, seed);
            List<List<Turn>> played = new ArrayList<>();
            for (int round = 0; round <= rounds; round++) {
                progress.accept(round == 0 ? "warm-up" : "round " + round + " of " + rounds);
                played.add(open.stream()
                        .map(contender -> throughput.turn(contender, turn))
                        .toList());
            }
            return results(contenders, played.subList(1, played.size()));
        } finally {
            OpenContender.close(open);
            server.clear();
        }
    }

    private Turn turn(OpenContender contender, Duration length) {
        long reads = server.reads();
        double cpu = server.cpuMicros();
        List<SplittableRandom> randoms =
                crew.all(i -> i).stream().map(i -> random.split()).toList();
        long start = System.nanoTime();
        List<long[]> counts = crew.all(i -> cycles(contender, randoms.get(i), start + length.toNanos()));
        double seconds = (System.nanoTime() - start) / 1e9;
        long cycles = counts.stream().mapToLong(count -> count[0]).sum();
        long granted = counts.stream().mapToLong(count -> count[1]).sum();
        double used = server.cpuMicros() - cpu;
        // Without the reads of the two statistics above and of the last one.
        return new Turn(cycles, granted, cycles / seconds, server.reads() - reads - 3, used);
    }

    private static long[] cycles(OpenContender contender, SplittableRandom random, long endNanos) {
        long cycles = 0;
        long granted = 0;
        while (!Crew.isPast(endNanos)) {
            granted += contender.cycles().run(random) ? 1 : 0;
            cycles++;
        }
        return new long[] {cycles, granted};
    }

    private static List<Result> results(List<Contender> contenders, List<List<Turn>> rounds) {
        return IntStream.range(0, contenders.size())
                .mapToObj(i -> result(contenders, rounds, i))
                .toList();
    }

    private static Result result(List<Contender> contenders, List<List<Turn>> rounds, int self) {
        Map<String, Double> ratios = new LinkedHashMap<>();
        for (int i = 0; i < contenders.size(); i++) {
            int other = i;
            List<Double> each = rounds.stream()
                    .map(round -> round.get(self).perSecond() / round.get(other).perSecond())
                    .toList();
            ratios.put(contenders.get(i).name(), Statistics.of(each).median());
        }
        List<Turn> turns = rounds.stream().map(round -> round.get(self)).toList();
        double cycles = turns.stream().mapToLong(Turn::cycles).sum();
        return new Result(
                contenders.get(self),
                Statistics.of(turns.stream().map(Turn::perSecond).collect(Collectors.toList())),
                ratios,
                turns.stream().mapToLong(Turn::reads).sum() / cycles,
                turns.stream().mapToDouble(Turn::cpuMicros).sum() / cycles,
                turns.stream().mapToLong(Turn::granted).sum() / cycles);
    }
}
