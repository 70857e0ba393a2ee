package io.keycoord.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The slow truth beside {@link ReferenceAdmission}: it keeps nothing but the list of what was charged when, and tries
 * one millisecond after the other. It shares no code with the limiters.
 */
final class StepwiseServer {

    private static final long MS = 1_000_000L;
    private static final long GIVE_UP_MS = 1_000_000;

    /** Something charged, or still running until {@code endMs}. */
    private record Call(long atMs, long endMs, long asked, long used) {}

    private static final class Account {
        final SimulatedAccount spec;
        final long startMs;
        final List<Call> calls = new ArrayList<>();
        long frontierMs;

        Account(SimulatedAccount spec, long startMs) {
            this.spec = spec;
            this.startMs = startMs;
        }

        boolean atCompletion() {
            return spec.tokensCounted() == TokensCounted.COMPLETION;
        }

        boolean admits(long atMs, long asked) {
            long running = calls.stream().filter(call -> call.endMs > atMs).count();
            return running < spec.concurrency().orElse(Integer.MAX_VALUE)
                    && room(spec.requests(), requestCharges(), atMs) >= 1
                    && room(spec.tokens(), tokenCharges(), atMs) >= (atCompletion() ? 1 : asked);
        }

        Optional<Long> earliest(long arrivalMs, long asked) {
            if (!atCompletion()
                    && spec.tokens().map(rate -> asked > rate.burst()).orElse(false)) {
                return Optional.empty();
            }
            for (long at = Math.max(arrivalMs, frontierMs); at < GIVE_UP_MS; at++) {
                if (admits(at, asked)) {
                    return Optional.of(at);
                }
            }
            throw new AssertionError("nothing admitted for " + GIVE_UP_MS + " ms");
        }

        double headroom(long arrivalMs) {
            long at = Math.max(arrivalMs, frontierMs);
            if (spec.tokens().isPresent()) {
                return part(
                        room(spec.tokens(), tokenCharges(), at), spec.tokens().get());
            }
            return spec.requests().isPresent()
                    ? part(
                            room(spec.requests(), requestCharges(), at),
                            spec.requests().get())
                    : 1;
        }

        private static double part(double room, Rate rate) {
            return Math.floor(Math.max(0, room) + 1e-9) / rate.burst();
        }

        /** Pairs of instant and amount, in order. */
        private List<long[]> requestCharges() {
            return calls.stream().map(call -> new long[] {call.atMs, 1}).toList();
        }

        private List<long[]> tokenCharges() {
            return calls.stream()
                    .map(call ->
                            atCompletion() ? new long[] {call.endMs, call.used} : new long[] {call.atMs, call.asked})
                    .sorted((a, b) -> Long.compare(a[0], b[0]))
                    .toList();
        }

        private double room(Optional<Rate> limit, List<long[]> charges, long atMs) {
            if (limit.isEmpty()) {
                return Double.MAX_VALUE;
            }
            Rate rate = limit.get();
            long windowMs = rate.window().toMillis();
            return switch (rate.mode()) {
                case BUCKET -> bucketRoom(rate, charges, atMs);
                case SLIDING_WINDOW -> rate.amount() - sum(charges, atMs - windowMs, atMs);
                case FIXED_WINDOW ->
                    rate.amount()
                            - sum(charges, Math.floorDiv(startMs + atMs, windowMs) * windowMs - startMs - 1, atMs);
            };
        }

        private static long sum(List<long[]> charges, long afterMs, long toMs) {
            return charges.stream()
                    .filter(charge -> charge[0] > afterMs && charge[0] <= toMs)
                    .mapToLong(charge -> charge[1])
                    .sum();
        }

        private static double bucketRoom(Rate rate, List<long[]> charges, long atMs) {
            double perMs = (double) rate.amount() / rate.window().toMillis();
            double level = (double) rate.burst();
            long last = 0;
            for (long[] charge : charges) {
                if (charge[0] <= atMs) {
                    level = Math.min((double) rate.burst(), level + (charge[0] - last) * perMs) - charge[1];
                    last = charge[0];
                }
            }
            return Math.min((double) rate.burst(), level + (atMs - last) * perMs) + 1e-9;
        }
    }

    private StepwiseServer() {}

    static List<ReferenceAdmission.Admission> replay(
            List<SimulatedAccount> specs, List<Demand> demand, long startNanos) {
        List<Account> accounts =
                specs.stream().map(spec -> new Account(spec, startNanos / MS)).toList();
        return demand.stream().map(call -> admit(accounts, call)).toList();
    }

    private static ReferenceAdmission.Admission admit(List<Account> accounts, Demand call) {
        long arrivalMs = call.offsetNanos() / MS;
        Optional<Account> best = Optional.empty();
        long earliest = Long.MAX_VALUE;
        double headroom = 0;
        for (Account account : accounts) {
            Optional<Long> at = account.earliest(arrivalMs, call.tokensAsked());
            if (at.isPresent() && account.atCompletion()) {
                account.frontierMs = Math.max(account.frontierMs, at.get());
            }
            double left = account.headroom(arrivalMs);
            if (at.isPresent() && (at.get() < earliest || (at.get() == earliest && left > headroom))) {
                best = Optional.of(account);
                earliest = at.get();
                headroom = left;
            }
        }
        if (best.isEmpty()) {
            return new ReferenceAdmission.Admission(call, ReferenceAdmission.NEVER, "");
        }
        Account account = best.get();
        account.frontierMs = earliest;
        account.calls.add(
                new Call(earliest, earliest + call.durationNanos() / MS, call.tokensAsked(), call.tokensUsed()));
        return new ReferenceAdmission.Admission(call, earliest * MS, account.spec.id());
    }
}
