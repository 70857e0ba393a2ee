package io.keycoord.console.batch;

import io.keycoord.console.Durations;
import io.keycoord.console.batch.file.BatchFiles;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What is told at the end of a run. */
final class Summary {
    private Summary() {}

    static String of(BatchFiles files, RunTally tally, Duration elapsed) {
        int total = files.input().size();
        int failed =
                files.failures().values().stream().mapToInt(Integer::intValue).sum();
        StringBuilder text = new StringBuilder();
        line(
                text,
                "lines",
                total + " of work, " + files.resumed() + " done before, " + (total - files.done()) + " left");
        line(text, "answered", (files.done() - failed) + " (" + tally.answered() + " in this run)");
        line(text, "failed", failed + counts(failed == 0 ? Map.of() : files.failures()));
        line(text, "asked again", tally.retries() + ", workers lost " + tally.deaths());
        line(
                text,
                "attempts",
                ""
                        + tally.outcomes().values().stream()
                                .mapToInt(Integer::intValue)
                                .sum() + counts(tally.outcomes()));
        line(text, "keys", tally.callsByKey().size() + counts(tally.callsByKey()));
        line(text, "tokens", tally.inputTokens() + " in, " + tally.outputTokens() + " out");
        line(text, "time", Durations.show(elapsed) + ", " + perSecond(tally, elapsed) + " lines/s");
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-12s%s%n", name, value));
    }

    private static String counts(Map<String, Integer> counts) {
        return counts.isEmpty()
                ? ""
                : new TreeMap<>(counts)
                        .entrySet().stream()
                                .map(entry -> entry.getKey() + " " + entry.getValue())
                                .collect(Collectors.joining(", ", " (", ")"));
    }

    private static String perSecond(RunTally tally, Duration elapsed) {
        double seconds = Math.max(0.001, elapsed.toMillis() / 1000.0);
        return String.format(Locale.ROOT, "%.1f", (tally.answered() + tally.failed()) / seconds);
    }
}
