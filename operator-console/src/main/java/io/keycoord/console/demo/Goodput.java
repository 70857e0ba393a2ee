package io.keycoord.console.demo;

import io.keycoord.simulator.Demand;
import io.keycoord.simulator.ReferenceAdmission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What was served, against what the provider's own limiter admits when it replays the whole recorded demand greedily,
 * after one window of warm-up. The replay knows no fault: nothing is taken off for keys that were revoked or failed, nor
 * for the worker that was killed.
 *
 * @param dimension {@code tokens} or {@code requests}, whichever the limits bind
 * @param served of that dimension, in calls answered 200 that were sent in the span
 * @param admitted of that dimension, by the replay in the same span
 * @param admittedWithRest the same by a stricter replay, which takes the warm-up as it happened: what was left unused of
 *     the full buckets of the start, and what is kept back against arrival jitter, it admits in the span as well
 * @param waits from asking to sending, of the calls served in the span
 * @param referenceWaits of the calls that one central queue, first come first served, admits in the span
 */
record Goodput(String dimension, long served, long admitted, long admittedWithRest, Waits waits, Waits referenceWaits) {

    /** Milliseconds that half, and all but one in a hundred, did not wait longer than. */
    record Waits(long p50Ms, long p99Ms) {
        static Waits of(List<Long> micros) {
            List<Long> sorted = micros.stream().sorted().toList();
            return new Waits(at(sorted, 0.50), at(sorted, 0.99));
        }

        private static long at(List<Long> sorted, double part) {
            return sorted.isEmpty() ? 0 : sorted.get((int) Math.ceil(part * sorted.size()) - 1) / 1000;
        }
    }

    /** Served per admitted; 0 if nothing was there to be admitted, for then nothing is shown. */
    double share() {
        return admitted == 0 ? 0 : (double) served / admitted;
    }

    /** Served per what the stricter replay admits. */
    double strictShare() {
        return admittedWithRest == 0 ? 0 : (double) served / admittedWithRest;
    }

    /**
     * Compares.
     *
     * @param entries the recorded demand
     * @param startNanos its start, nanoseconds since the epoch
     * @param from the end of the warm-up, since the start
     * @param to the end of the demand, since the start
     */
    static Goodput of(DemoPool pool, List<DemandLog.Entry> entries, long startNanos, Duration from, Duration to) {
        ReferenceAdmission greedy =
                ReferenceAdmission.replay(pool.simulated(), demand(entries, Duration.ZERO), startNanos);
        ReferenceAdmission.Admitted admitted = greedy.between(from.toNanos(), to.toNanos());
        ReferenceAdmission.Admitted withRest = ReferenceAdmission.replay(
                        pool.simulated(), demand(entries, from), startNanos)
                .between(from.toNanos(), to.toNanos());
        List<DemandLog.Entry> served = entries.stream()
                .filter(entry -> entry.served() && within(entry.sentMicros() * 1000, from, to))
                .toList();
        Waits waits =
                Waits.of(served.stream().map(e -> e.sentMicros() - e.atMicros()).toList());
        Waits referenceWaits = Waits.of(greedy.admissions().stream()
                .filter(a -> within(a.admittedNanos(), from, to))
                .map(a -> (a.admittedNanos() - a.demand().offsetNanos()) / 1000)
                .toList());
        boolean tokens =
                admitted.tokensAsked() / pool.tokensPerSecond() >= admitted.requests() / pool.requestsPerSecond();
        return tokens
                ? new Goodput(
                        "tokens",
                        served.stream().mapToLong(DemandLog.Entry::tokens).sum(),
                        admitted.tokensAsked(),
                        withRest.tokensAsked(),
                        waits,
                        referenceWaits)
                : new Goodput(
                        "requests", served.size(), admitted.requests(), withRest.requests(), waits, referenceWaits);
    }

    private static boolean within(long nanos, Duration from, Duration to) {
        return nanos >= from.toNanos() && nanos < to.toNanos();
    }

    /**
     * The demand, in order: what was sent in a warm-up taken as it happened at the time it was sent, all else at the time
     * it was asked for, but not in that warm-up. Of a call that was not answered it is not known how long it would have taken: as long as
     * half of the others.
     */
    private static List<Demand> demand(List<DemandLog.Entry> entries, Duration warmUp) {
        List<Long> taken = entries.stream()
                .filter(DemandLog.Entry::served)
                .map(DemandLog.Entry::takenMicros)
                .sorted()
                .toList();
        long usual = taken.isEmpty() ? 0 : taken.get(taken.size() / 2);
        long warmUpMicros = warmUp.toNanos() / 1000;
        List<Demand> demand = new ArrayList<>();
        entries.stream()
                .sorted(Comparator.comparingLong(DemandLog.Entry::atMicros))
                .forEach(entry -> {
                    boolean warm = entry.served() && entry.sentMicros() < warmUpMicros;
                    long at = warm ? entry.sentMicros() : Math.max(entry.atMicros(), warmUpMicros);
                    long micros = entry.served() ? entry.takenMicros() : usual;
                    demand.add(new Demand(at * 1000, entry.tokens(), 0, micros * 1000));
                });
        return demand;
    }
}
