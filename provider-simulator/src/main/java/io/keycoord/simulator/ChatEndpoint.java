package io.keycoord.simulator;

import io.keycoord.simulator.Errors.Circumstances;
import java.io.IOException;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Whatever is called to make something of a prompt: read, let a fault refuse, let the limits decide, wait, answer or
 * break. Safe for use by many threads.
 */
final class ChatEndpoint {

    private final SimulatorConfig config;
    private final NanoClock clock;
    private final long startedNanos;
    private final StatsBook stats;
    private final FaultBoard faults;
    private final ArrivalLog arrivals;
    private final Predicate<KnownKey> spent;
    private final Errors errors;
    private final AnswerWriter writer;
    private final CallReader calls;
    private final AtomicLong numbers = new AtomicLong();

    /** {@code spent}: whether a key has used up its own limit. */
    ChatEndpoint(
            SimulatorConfig config,
            NanoClock clock,
            StatsBook stats,
            FaultBoard faults,
            ArrivalLog arrivals,
            Predicate<KnownKey> spent) {
        this.spent = spent;
        this.config = config;
        this.clock = clock;
        this.startedNanos = clock.nanos();
        this.stats = stats;
        this.faults = faults;
        this.arrivals = arrivals;
        this.errors = Errors.of(config.dialect(), clock);
        this.writer = new AnswerWriter(config, errors, clock);
        this.calls = new CallReader(config.defaultMaxTokens());
    }

    void handle(KnownKey key, String bearer, Served served, HttpRequest request, Exchange exchange) throws IOException {
        ChatCall call;
        try {
            call = calls.read(served, request);
        } catch (BadCall e) {
            stats.count(key, tally -> tally.arrived(0));
            refuse(key, request, errors.badRequest(String.valueOf(e.getMessage())), exchange);
            return;
        }
        stats.count(key, tally -> tally.arrived(call.asked()));
        Circumstances at = new Circumstances(key.account(), call.model(), bearer, clock.nanos());
        Optional<Fault> refusal =
                spent.test(key) ? Optional.of(Fault.ofAll(FaultKind.KEY_LIMIT)) : faults.fire(key, FaultKind::refuses);
        if (refusal.isPresent()) {
            refuseByFault(key, request, refusal.get(), at, exchange);
        } else {
            long number = numbers.incrementAndGet();
            decide(new Planned(number, key, call, course(number, call)), request, at, exchange);
        }
    }

    /** A call whose course is known: which one it is, and how long its answer takes. */
    record Planned(long number, KnownKey key, ChatCall call, Course course) {}

    /** Nanoseconds until the first token, and until the end. */
    record Course(long firstNanos, long endNanos) {}

    private void decide(Planned planned, HttpRequest request, Circumstances at, Exchange exchange) throws IOException {
        KnownKey key = planned.key();
        Verdict verdict = key.gate().admit(key, planned.call().asked());
        boolean admitted = verdict instanceof Verdict.Admitted;
        record(planned, at, admitted);
        if (verdict instanceof Verdict.Refused refused) {
            refuse(key, request, errors.overLimit(refused, at).with(errors.limitHeaders(refused.levels())), exchange);
            return;
        }
        AccountGate.Slot slot = new AccountGate.Slot(key, planned.call().used());
        try {
            Optional<Fault> fault = faults.fire(key, kind -> !kind.refuses());
            fault.ifPresent(f -> stats.count(key, tally -> tally.fired(f.kind())));
            writer.write(planned, fault, verdict.levels(), slot, exchange);
        } finally {
            slot.end(CallEnd.ABORTED);
        }
    }

    private void refuseByFault(KnownKey key, HttpRequest request, Fault fault, Circumstances at, Exchange exchange)
            throws IOException {
        Verdict.Levels levels = key.gate().refusedByFault();
        stats.count(key, tally -> tally.fired(fault.kind()));
        refuse(key, request, errors.fault(fault, at).with(errors.limitHeaders(levels)), exchange);
    }

    private void refuse(KnownKey key, HttpRequest request, Answer answer, Exchange exchange) throws IOException {
        exchange.send(errors.at(request, answer), () -> {
            long nowMs = clock.millis();
            stats.count(key, tally -> tally.answered(answer.status(), nowMs));
        });
    }

    private Course course(long number, ChatCall call) {
        SplittableRandom random = new SplittableRandom(config.seed() * 0x9E3779B97F4A7C15L + number);
        long first = config.latency().sampleNanos(random);
        long perToken = call.stream() ? config.latency().perToken().toNanos() : 0;
        return new Course(first, first + perToken * call.completionTokens());
    }

    private void record(Planned planned, Circumstances at, boolean admitted) {
        KnownKey key = planned.key();
        ChatCall call = planned.call();
        arrivals.add(new Arrival(
                Math.max(0, at.nowNanos() - startedNanos),
                key.account(),
                key.id(),
                call.asked(),
                call.used(),
                planned.course().endNanos(),
                admitted));
    }
}
