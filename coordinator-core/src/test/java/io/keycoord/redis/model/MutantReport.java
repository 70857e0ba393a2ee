package io.keycoord.redis.model;

import io.keycoord.redis.PlannedPool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What became of each mutant, file by file; survivors that change nothing one could see are told apart. For many threads. */
final class MutantReport {
    private static final String EXPLAINED = "/mutants.txt";
    private static final String FILES =
            "acquire settle renew operate lib/acquiring lib/args lib/block lib/breaker lib/budget"
                    + " lib/calendar lib/damage lib/endpoint lib/entity lib/fixed lib/gate lib/health lib/key lib/learning lib/lease lib/limit"
                    + " lib/outage lib/pool lib/priority lib/reap"
                    + " lib/refund lib/ring lib/search lib/settling lib/unit lib/waiting lib/window batch leave report switch";

    /** How many of a file's mutants there are, and what found them. */
    private static final class Score {
        int all;
        int byPrograms;
        int byTests;
        int explained;

        int left() {
            return all - byPrograms - byTests - explained;
        }
    }

    private final Map<String, Score> scores = new TreeMap<>();
    private final List<Mutant> survivors = new ArrayList<>();
    /** The mutants that are known to survive, and why. */
    private final Map<String, String> reasons = new TreeMap<>();

    MutantReport() {
        String reason = "";
        for (String line : explained().lines().toList()) {
            if (line.startsWith("#")) {
                reason = line;
            } else if (!line.isBlank()) {
                reasons.put(line.strip(), reason);
            }
        }
    }

    private static String explained() {
        try (InputStream in = Objects.requireNonNull(MutantReport.class.getResourceAsStream(EXPLAINED))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(EXPLAINED + " cannot be read", e);
        }
    }

    private Score score(Mutant mutant) {
        return scores.computeIfAbsent(mutant.file(), file -> new Score());
    }

    synchronized void byPrograms(Mutant mutant) {
        score(mutant).all++;
        score(mutant).byPrograms++;
    }

    synchronized void byTests(Mutant mutant) {
        score(mutant).all++;
        score(mutant).byTests++;
    }

    synchronized void survived(Mutant mutant) {
        score(mutant).all++;
        if (isExplained(mutant)) {
            score(mutant).explained++;
        } else {
            survivors.add(mutant);
        }
    }

    boolean isExplained(Mutant mutant) {
        return reasons.containsKey(mutant.name());
    }

    private synchronized Score total() {
        Score total = new Score();
        for (Score score : scores.values()) {
            total.all += score.all;
            total.byPrograms += score.byPrograms;
            total.byTests += score.byTests;
            total.explained += score.explained;
        }
        return total;
    }

    /** The share of mutants that were found, of those that change anything. */
    double found() {
        Score total = total();
        return 1 - (double) total.left() / (total.all - total.explained);
    }

    @Override
    public synchronized String toString() {
        String files = scores.entrySet().stream()
                .map(entry -> line(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining());
        String left = survivors.stream()
                .sorted(Comparator.comparing(Mutant::file).thenComparing(Mutant::line))
                .map(mutant -> "  " + mutant + "\n")
                .collect(Collectors.joining());
        return String.format("%-14s %6s %9s %6s %6s %5s%n", "file", "all", "programs", "tests", "equal", "left") + files
                + line("together", total()) + "survivors:\n" + left;
    }

    private static String line(String name, Score score) {
        return String.format(
                "%-14s %6d %9d %6d %6d %5d  %5.1f %%%n",
                name,
                score.all,
                score.byPrograms,
                score.byTests,
                score.explained,
                score.left(),
                100.0 * (score.byPrograms + score.byTests) / Math.max(1, score.all - score.explained));
    }

    /** All mutants of the scripts that decide about leases, and of their modules. */
    static List<Mutant> all() {
        return Stream.of(FILES.split(" ", -1))
                .flatMap(file -> LuaMutator.mutants(file, PlannedPool.text(file)).stream())
                .toList();
    }
}
