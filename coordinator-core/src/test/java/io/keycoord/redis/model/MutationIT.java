package io.keycoord.redis.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Makes mistakes in the scripts, one at a time, and plays random programs until a reply or the stored state differs from
 * the model's; what survives them is left to the scripts' other tests. A survivor is either a mistake that nobody can see,
 * which {@code mutants.txt} lists with the reason, or a hole in the tests.
 *
 * <p>The usual run tries a sample, with programs alone. {@code -Dkeycoord.long=true} tries them all and writes what is left
 * to {@code target/mutants.txt}. {@code -Dkeycoord.mutants=lib/limit} chooses a file, {@code -Dkeycoord.every=N} each
 * N-th mutant, {@code -Dkeycoord.programs=N} how many programs are played.
 */
@Tag("proof")
class MutationIT {
    private static final int THREADS = 2;
    private static final double ENOUGH = 0.75;
    private static final double ENOUGH_BY_PROGRAMS = 0.6;

    private final boolean all = Boolean.getBoolean("keycoord.long");
    private final MutantReport report = new MutantReport();
    private final AtomicInteger next = new AtomicInteger();

    @Test
    void mostMistakesInTheScriptsAreFound() throws Exception {
        long started = System.nanoTime();
        List<Mutant> mutants = chosen();
        List<Mutant> survivors = survivorsOfPrograms(mutants);
        for (Mutant mutant : survivors) {
            if (all
                    && !report.isExplained(mutant)
                    && MutantTests.failure(mutant).isPresent()) {
                report.byTests(mutant);
            } else {
                report.survived(mutant);
            }
        }
        System.out.printf("%d mutants in %.0f s%n%s", mutants.size(), (System.nanoTime() - started) / 1e9, report);
        write();
        assertThat(report.found()).as(report.toString()).isGreaterThan(all ? ENOUGH : ENOUGH_BY_PROGRAMS);
    }

    private List<Mutant> chosen() {
        String file = System.getProperty("keycoord.mutants", "");
        int every = Integer.getInteger("keycoord.every", all ? 1 : 40);
        List<Mutant> mutants = MutantReport.all().stream()
                .filter(mutant -> file.isEmpty() || mutant.file().equals(file))
                .toList();
        return IntStream.range(0, mutants.size())
                .filter(i -> i % every == 0)
                .mapToObj(mutants::get)
                .toList();
    }

    private void write() throws IOException {
        if (all) {
            Files.writeString(Files.createDirectories(Path.of("target")).resolve("mutants.txt"), report.toString());
        }
    }

    private List<Mutant> survivorsOfPrograms(List<Mutant> mutants) throws InterruptedException, ExecutionException {
        MutantPlays plays = new MutantPlays(Integer.getInteger("keycoord.programs", all ? 200 : 60));
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            Callable<List<Mutant>> task = () -> survivors(mutants, plays);
            List<Mutant> survivors = new ArrayList<>();
            for (Future<List<Mutant>> result : threads.invokeAll(List.of(task, task))) {
                survivors.addAll(result.get());
            }
            return survivors;
        } finally {
            threads.shutdownNow();
        }
    }

    private List<Mutant> survivors(List<Mutant> mutants, MutantPlays plays) {
        List<Mutant> survivors = new ArrayList<>();
        try (MutantScripts scripts = new MutantScripts()) {
            for (int i = next.getAndIncrement(); i < mutants.size(); i = next.getAndIncrement()) {
                MutantPlays.Turn turn = plays.new Turn();
                if (scripts.difference(mutants.get(i), turn).isPresent()) {
                    turn.hasFound();
                    report.byPrograms(mutants.get(i));
                } else {
                    survivors.add(mutants.get(i));
                }
            }
        }
        return survivors;
    }
}
