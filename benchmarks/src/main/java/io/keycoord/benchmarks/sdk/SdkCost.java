package io.keycoord.benchmarks.sdk;

import io.keycoord.benchmarks.measure.Statistics;
import io.keycoord.benchmarks.sdk.Meter.Cost;
import io.keycoord.benchmarks.sdk.Subject.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * What the SDK adds to a call, without Redis: the same calls are made without it and with it, by one caller, in turns; the
 * differences are those of two turns of the same round. Calls are answered from memory; answers in events come over loopback,
 * where the reader's own work for an event is what the SDK's is compared with.
 */
public final class SdkCost {
    private static final List<Supplier<Subject>> SUBJECTS = List.of(
            OkHttpSubjects::calls,
            JdkSubjects::calls,
            () -> OkHttpSubjects.events("an event that is waited for", true),
            () -> JdkSubjects.events("an event that is waited for", true),
            () -> OkHttpSubjects.events("an event of many at once", false),
            () -> JdkSubjects.events("an event of many at once", false));
    private static final int TURNS = 20;

    /** Half of them, for the compiler of the JVM is long in coming when the machine has other work. */
    private static final int WARM_UP = 10;

    /**
     * What one call, or one event, takes; medians of the rounds.
     *
     * @param subject the transport, and what is called
     * @param plainMicros time without Keycoord until the caller goes on
     * @param plainCpuMicros of all threads of the caller
     * @param plainBytes that are allocated
     * @param addedMicros what Keycoord adds to the time
     * @param addedCpuMicros to that of the processors
     * @param addedCpuShare the same as a share of that without Keycoord
     * @param addedBytes to what is allocated
     */
    public record Result(
            String subject,
            double plainMicros,
            double plainCpuMicros,
            double plainBytes,
            Statistics addedMicros,
            Statistics addedCpuMicros,
            double addedCpuShare,
            double addedBytes) {}

    private record Round(Cost plain, Cost leased) {
        double added(ToDoubleFunction<Cost> figure) {
            return figure.applyAsDouble(leased) - figure.applyAsDouble(plain);
        }

        double share() {
            return leased.cpuMicros() / plain.cpuMicros() - 1;
        }
    }

    private SdkCost() {}

    /** Measures, for about that long. */
    public static List<Result> measure(Duration length, Consumer<String> progress) {
        Duration turn = length.dividedBy(2L * TURNS * SUBJECTS.size());
        List<Result> results = new ArrayList<>();
        for (Supplier<Subject> subject : SUBJECTS) {
            try (Subject open = subject.get()) {
                progress.accept(open.name());
                results.add(result(open, rounds(open, turn)));
            }
        }
        return results;
    }

    private static List<Round> rounds(Subject subject, Duration turn) {
        List<Round> rounds = new ArrayList<>();
        for (int i = 0; i < TURNS; i++) {
            boolean plainFirst = i % 2 == 0;
            Cost first = turn(subject, plainFirst, turn);
            Cost second = turn(subject, !plainFirst, turn);
            rounds.add(plainFirst ? new Round(first, second) : new Round(second, first));
        }
        return rounds.subList(WARM_UP, TURNS);
    }

    private static Cost turn(Subject subject, boolean plain, Duration length) {
        Caller caller = plain ? subject.plain() : subject.leased();
        long before = subject.keys().successes();
        long calls = 0;
        Meter meter = new Meter(subject.others());
        long endNanos = System.nanoTime() + length.toNanos();
        do {
            call(caller);
            calls++;
        } while (System.nanoTime() - endNanos < 0);
        Cost cost = meter.of(calls * subject.parts());
        long settled = subject.keys().successes() - before;
        if (settled != (plain ? 0 : calls)) {
            throw new IllegalStateException(
                    subject.name() + ": " + settled + " leases of " + calls + " calls were settled as successes");
        }
        return cost;
    }

    private static void call(Caller caller) {
        try {
            caller.call();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        } catch (Exception e) {
            throw new IllegalStateException("a call failed while measuring: " + e, e);
        }
    }

    private static Result result(Subject subject, List<Round> rounds) {
        return new Result(
                subject.name(),
                median(rounds, round -> round.plain().micros()),
                median(rounds, round -> round.plain().cpuMicros()),
                median(rounds, round -> round.plain().bytes()),
                statistics(rounds, round -> round.added(Cost::micros)),
                statistics(rounds, round -> round.added(Cost::cpuMicros)),
                median(rounds, Round::share),
                median(rounds, round -> round.added(Cost::bytes)));
    }

    private static Statistics statistics(List<Round> rounds, ToDoubleFunction<Round> figure) {
        return Statistics.of(
                rounds.stream().map(round -> figure.applyAsDouble(round)).toList());
    }

    private static double median(List<Round> rounds, ToDoubleFunction<Round> figure) {
        return statistics(rounds, figure).median();
    }
}
