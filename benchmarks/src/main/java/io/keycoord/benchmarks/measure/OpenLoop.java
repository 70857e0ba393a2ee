package io.keycoord.benchmarks.measure;

import io.keycoord.benchmarks.contender.Contender;
import io.keycoord.benchmarks.contender.Load;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;

/**
 * How long a cycle takes when callers come at a fixed rate, whether or not those before them are done. A cycle's time
 * counts from the instant at which its caller came, so a stall counts for all who came during it; what has not begun
 * when the time is over counts with its wait until then.
 */
public final class OpenLoop {
    /** A thread wakes up this much before a caller comes, for timers are late by about as much. */
    private static final long EARLY_NANOS = 60_000;

    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final int DIGITS = 3;

    /**
     * One contender's figures at one rate; times of a whole cycle.
     *
     * @param offered callers a second, at random instants
     * @param servedShare share of them that were served in time, 0 to 1
     */
    public record Result(
            Contender contender,
            int offered,
            double servedShare,
            double p50Micros,
            double p99Micros,
            double p999Micros,
            double mostMicros) {}

    /** What one contender has met at one rate. */
    private static final class Tally {
        final Histogram nanos = new Histogram(LONGEST_NANOS, DIGITS);
        long served;
        long offered;
    }

    private final Crew crew;
    private final SplittableRandom random;

    private OpenLoop(Crew crew, long seed) {
        this.crew = crew;
        this.random = new SplittableRandom(seed);
    }

    /**
     * Measures each rate in turn, the contenders interleaved; the server is empty afterwards.
     *
     * @param rounds turns of each contender at each rate
     */
    public static List<Result> measure(
            Server server,
            List<Contender> contenders,
            Load load,
            List<Integer> rates,
            int rounds,
            Duration turn,
            long seed,
            Consumer<String> progress) {
        List<OpenContender> open = OpenContender.all(contenders, server, load);
        try (Crew crew = new Crew(load.threads())) {
            OpenLoop loop = new OpenLoop(crew, seed);
            progress.accept("warm-up");
            open.forEach(contender -> loop.turn(contender, rates.get(0), turn, new Tally()));
            List<Result> results = new ArrayList<>();
            for (int rate : rates) {
                progress.accept(rate + " a second");
                results.addAll(loop.rounds(open, rate, rounds, turn));
            }
            return results;
        } finally {
            OpenContender.close(open);
            server.clear();
        }
    }

    private List<Result> rounds(List<OpenContender> open, int rate, int rounds, Duration turn) {
        List<Tally> tallies = open.stream().map(each -> new Tally()).toList();
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < open.size(); i++) {
                turn(open.get(i), rate, turn, tallies.get(i));
            }
        }
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < open.size(); i++) {
            results.add(result(open.get(i).contender(), rate, tallies.get(i)));
        }
        return results;
    }

    private void turn(OpenContender contender, int rate, Duration length, Tally tally) {
        long[] arrivals = arrivals(rate, length);
        AtomicInteger next = new AtomicInteger();
        List<SplittableRandom> randoms =
                crew.all(i -> i).stream().map(i -> random.split()).toList();
        long start = System.nanoTime();
        long end = start + length.toNanos();
        List<Tally> mine = crew.all(i -> serve(contender, arrivals, next, start, end, randoms.get(i)));
        mine.forEach(each -> {
            tally.nanos.add(each.nanos);
            tally.served += each.served;
            tally.offered += each.offered;
        });
    }

    /** When callers come, from the start on: at random and independent of one another, which is what many clients are. */
    private long[] arrivals(int rate, Duration length) {
        long[] arrivals = new long[(int) (rate * length.toMillis() / 1000)];
        double at = 0;
        for (int i = 0; i < arrivals.length; i++) {
            at += -Math.log(1 - random.nextDouble()) * 1e9 / rate;
            arrivals[i] = (long) Math.min(at, (double) length.toNanos());
        }
        return arrivals;
    }

    private static Tally serve(
            OpenContender contender,
            long[] arrivals,
            AtomicInteger next,
            long start,
            long end,
            SplittableRandom random) {
        Tally tally = new Tally();
        for (int i = next.getAndIncrement(); i < arrivals.length; i = next.getAndIncrement()) {
            long due = start + arrivals[i];
            tally.offered++;
            awaitNanoTime(due);
            if (!Crew.isPast(end) && contender.cycles().run(random)) {
                tally.served++;
            }
            tally.nanos.recordValue(Math.min(System.nanoTime() - due, LONGEST_NANOS));
        }
        return tally;
    }

    private static void awaitNanoTime(long due) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            if (left > EARLY_NANOS) {
                LockSupport.parkNanos(left - EARLY_NANOS);
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private static Result result(Contender contender, int rate, Tally tally) {
        return new Result(
                contender,
                rate,
                (double) tally.served / Math.max(1, tally.offered),
                tally.nanos.getValueAtPercentile(50) / 1e3,
                tally.nanos.getValueAtPercentile(99) / 1e3,
                tally.nanos.getValueAtPercentile(99.9) / 1e3,
                tally.nanos.getMaxValue() / 1e3);
    }
}
