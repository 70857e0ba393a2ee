package io.keycoord.benchmarks.cli;

import io.keycoord.benchmarks.contender.Contender;
import io.keycoord.benchmarks.contender.Contender.Role;
import io.keycoord.benchmarks.measure.Memory;
import io.keycoord.benchmarks.measure.OpenLoop;
import io.keycoord.benchmarks.measure.ScriptTimes;
import io.keycoord.benchmarks.measure.Statistics;
import io.keycoord.benchmarks.measure.Throughput;
import io.keycoord.benchmarks.measure.Waiters;
import io.keycoord.benchmarks.sdk.SdkCost;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A report for people: a sentence and a table for each section. */
final class TextReport {
    private final Report report;
    private final StringBuilder text = new StringBuilder();

    private TextReport(Report report) {
        this.report = report;
    }

    static String of(Report report) {
        return new TextReport(report).write();
    }

    private String write() {
        Settings settings = report.settings();
        line(
                "%s%nseed %d, %d threads, %.0f s",
                report.machine(), settings.seed(), settings.threads(), report.seconds());
        for (Section section : settings.sections()) {
            text.append('\n');
            switch (section) {
                case THROUGHPUT -> throughput(report.throughput());
                case SCRIPTS -> scripts(report.scripts());
                case LATENCY -> latency(report.latency());
                case MEMORY -> report.memory().forEach(this::memory);
                case WAITERS -> waiters(report.waiters());
                case SDK -> sdk(report.sdk());
            }
        }
        return text.toString();
    }

    private void throughput(List<Throughput.Result> results) {
        line(
                "Throughput, %,d accounts: cycles/s by all threads together, and how often those of the others go into them"
                        + " (medians of interleaved rounds)",
                report.settings().accounts());
        List<Contender> others = results.stream()
                .map(Throughput.Result::contender)
                .filter(contender -> contender.role() != Role.KEYCOORD)
                .toList();
        List<String> headings = new ArrayList<>(List.of("contender", "cycles/s", "least to most"));
        others.forEach(other -> headings.add("of " + other.name()));
        headings.addAll(List.of("round trips", "server CPU", "granted"));
        MarkdownTable table = new MarkdownTable(headings);
        for (Throughput.Result result : results) {
            List<String> row = new ArrayList<>(List.of(
                    result.contender().name(),
                    whole(result.perSecond().median()),
                    whole(result.perSecond().least()) + " to "
                            + whole(result.perSecond().most())));
            others.forEach(other -> row.add(times(result.ratioTo(other.name()))));
            row.add(format("%.2f", result.roundTrips()));
            row.add(micros(result.serverMicros()));
            row.add(percent(result.grantedShare()));
            table.add(row);
        }
        text.append(table);
        results.forEach(result ->
                line("%s: %s", result.contender().name(), result.contender().what()));
    }

    private void scripts(List<ScriptTimes.Result> results) {
        line("Time within Redis, one caller (medians, least in brackets)");
        MarkdownTable table = new MarkdownTable(
                List.of("accounts", "acquire", "of the first", "settle", "of the first", "commands", "written in"));
        for (ScriptTimes.Result result : results) {
            table.add(List.of(
                    format("%,d", result.accounts()),
                    microsWithLeast(result.acquireMicros()),
                    times(result.acquireRatio()),
                    microsWithLeast(result.settleMicros()),
                    times(result.settleRatio()),
                    format("%.2f + %.2f", result.commandsPerAcquire(), result.commandsPerSettle()),
                    format("%.1f s", result.registerSeconds())));
        }
        text.append(table);
    }

    private void latency(List<OpenLoop.Result> results) {
        line("Latency of a cycle for callers at a fixed rate, from the instant each of them came");
        MarkdownTable table =
                new MarkdownTable(List.of("contender", "offered/s", "served", "p50", "p99", "p99.9", "longest"));
        for (OpenLoop.Result result : results) {
            table.add(List.of(
                    result.contender().name(),
                    format("%,d", result.offered()),
                    percent(result.servedShare()),
                    millis(result.p50Micros()),
                    millis(result.p99Micros()),
                    millis(result.p999Micros()),
                    millis(result.mostMicros())));
        }
        text.append(table);
    }

    private void memory(Memory.Result result) {
        line(
                "Redis memory, %,d accounts, %,d leases: %,.0f B a key with its account and indexes, %,.0f B a live lease,"
                        + " %,.0f B a settled one",
                result.accounts(), result.leases(), result.perKey(), result.perLease(), result.perSettledLease());
    }

    private void waiters(List<Waiters.Result> results) {
        line("%,d waiters on a dry pool", report.settings().waiters());
        MarkdownTable table = new MarkdownTable(List.of(
                "dry of, waiting as", "served", "commands a lease", "seconds", "pairs inverted", "most overtaken by"));
        for (Waiters.Result result : results) {
            table.add(List.of(
                    lower(result.drought()) + ", " + lower(result.style()),
                    format("%,d", result.served()),
                    format("%.2f", result.commandsPerLease()),
                    format("%.1f", result.seconds()),
                    format("%.2f %%", 100 * result.order().invertedShare()),
                    format("%,d", result.order().mostOvertaken())));
        }
        text.append(table);
    }

    private void sdk(List<SdkCost.Result> results) {
        line(
                "The SDK's own cost, without Redis, one caller (medians of interleaved rounds, least and most in brackets)");
        MarkdownTable table = new MarkdownTable(List.of(
                "of", "without", "CPU", "allocated", "added time", "added CPU", "of that without", "added bytes"));
        for (SdkCost.Result result : results) {
            table.add(List.of(
                    result.subject(),
                    micros(result.plainMicros()),
                    micros(result.plainCpuMicros()),
                    whole(result.plainBytes()) + " B",
                    microsWithRange(result.addedMicros()),
                    microsWithRange(result.addedCpuMicros()),
                    percent(result.addedCpuShare()),
                    whole(result.addedBytes()) + " B"));
        }
        text.append(table);
    }

    private void line(String format, Object... arguments) {
        text.append(format(format, arguments)).append('\n');
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static String whole(double value) {
        return format("%,.0f", value);
    }

    private static String times(double ratio) {
        return format(ratio < 0.1 ? "%.3fx" : "%.2fx", ratio);
    }

    private static String micros(double micros) {
        return format("%.1f us", micros);
    }

    private static String microsWithLeast(Statistics micros) {
        return format("%.1f us (%.1f)", micros.median(), micros.least());
    }

    private static String microsWithRange(Statistics micros) {
        return format("%.2f us (%.2f to %.2f)", micros.median(), micros.least(), micros.most());
    }

    private static String millis(double micros) {
        return format("%,.2f ms", micros / 1e3);
    }

    private static String percent(double share) {
        return format("%.1f %%", 100 * share);
    }
}
