package io.keycoord.benchmarks.cli;

import io.keycoord.benchmarks.contender.Contender;
import io.keycoord.benchmarks.contender.Contender.Role;
import io.keycoord.benchmarks.contender.Contenders;
import io.keycoord.benchmarks.contender.Load;
import io.keycoord.benchmarks.measure.Memory;
import io.keycoord.benchmarks.measure.OpenLoop;
import io.keycoord.benchmarks.measure.ScriptTimes;
import io.keycoord.benchmarks.measure.Server;
import io.keycoord.benchmarks.measure.Throughput;
import io.keycoord.benchmarks.measure.Waiters;
import io.keycoord.benchmarks.sdk.SdkCost;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** All sections of one run, on one server. */
final class Run {
    private static final int ROUNDS = 5;
    private static final int LATENCY_ROUNDS = 2;
    private static final int LEASES_AN_ACCOUNT = 5;
    private static final int MOST_LEASES = 50_000;

    private final Server server;
    private final Settings settings;
    private final Consumer<String> progress;
    private final List<Contender> contenders;

    Run(Server server, Settings settings, Consumer<String> progress) {
        this.server = server;
        this.settings = settings;
        this.progress = progress;
        this.contenders = settings.contenders().stream().map(Contenders::named).toList();
    }

    Report measure() {
        long start = System.nanoTime();
        Machine machine = Machine.of(server);
        return new Report(
                machine,
                settings,
                section(Section.THROUGHPUT, this::throughput),
                section(Section.SCRIPTS, this::scripts),
                section(Section.LATENCY, this::latency),
                section(Section.MEMORY, this::memory),
                section(Section.WAITERS, this::waiters),
                section(Section.SDK, this::sdk),
                (System.nanoTime() - start) / 1e9);
    }

    private <T> List<T> section(Section section, Function<Consumer<String>, List<T>> measurement) {
        if (!settings.sections().contains(section)) {
            return List.of();
        }
        return measurement.apply(step -> progress.accept(section.word() + ": " + step));
    }

    private Load load() {
        return new Load(settings.accounts(), settings.threads());
    }

    private List<Throughput.Result> throughput(Consumer<String> steps) {
        long turns = (ROUNDS + 1L) * contenders.size();
        return Throughput.measure(
                server,
                contenders,
                load(),
                ROUNDS,
                settings.time(Section.THROUGHPUT).dividedBy(turns),
                settings.seed(),
                steps);
    }

    private List<ScriptTimes.Result> scripts(Consumer<String> steps) {
        // Half of the time, for the writing of the pools takes the other one.
        return ScriptTimes.measure(
                server, settings.sizes(), settings.time(Section.SCRIPTS).dividedBy(2), steps);
    }

    /** Without the round trip of a PING: the floor of scripts is enough. */
    private List<OpenLoop.Result> latency(Consumer<String> steps) {
        List<Contender> some = contenders.stream()
                .filter(contender ->
                        contender.role() != Role.FLOOR || contender.name().equals(Contenders.EVALSHA))
                .toList();
        long turns = (1L + (long) LATENCY_ROUNDS * settings.rates().size()) * Math.max(1, some.size());
        return OpenLoop.measure(
                server,
                some,
                load(),
                settings.rates(),
                LATENCY_ROUNDS,
                settings.time(Section.LATENCY).dividedBy(turns),
                settings.seed(),
                steps);
    }

    private List<Memory.Result> memory(Consumer<String> steps) {
        int leases = Math.min(LEASES_AN_ACCOUNT * settings.accounts(), MOST_LEASES);
        return List.of(Memory.measure(server, settings.accounts(), leases, steps));
    }

    private List<Waiters.Result> waiters(Consumer<String> steps) {
        return Waiters.measure(server, settings.waiters(), steps);
    }

    private List<SdkCost.Result> sdk(Consumer<String> steps) {
        return SdkCost.measure(settings.time(Section.SDK), steps);
    }
}
