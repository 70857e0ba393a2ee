package io.keycoord.redis.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.redis.PlannedPool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Worker JVMs with coordinators as services have them, under faults; what each of their calls was answered, heard or not, is
 * replayed on the model, and judged by the oracle, across what Redis loses.
 *
 * <p>The usual run meets each fault once, two in a round; {@code -Dkeycoord.long=true} plays 120 rounds of three,
 * {@code -Dkeycoord.rounds=N} N of two. {@code -Dkeycoord.seed=S} has the pools and the order of the faults of S; how calls
 * meet differs with each run.
 */
@Tag("proof")
class ChaosIT {
    private static final int WORKERS = 3;
    private static final int LONG_ROUNDS = 120;
    private static final int SHOWN = 3;
    private static final List<String> SCRIPTS =
            List.of("acquire", "settle", "batch", "renew", "register", "recover", "hold", "leave", "pools");

    @TempDir
    Path folder;

    private final ChaosCounts counts = new ChaosCounts();
    private final Map<String, String> scripts = new HashMap<>();
    private ChaosCrew crew;

    @BeforeEach
    void start() throws IOException {
        SCRIPTS.forEach(file -> scripts.put(PlannedPool.digest(PlannedPool.source(file)), file));
        crew = new ChaosCrew(WORKERS);
    }

    @AfterEach
    void close() {
        crew.close();
    }

    @Test
    void eachCallIsAnsweredAsByTheModelWhateverFails() throws Exception {
        boolean all = Boolean.getBoolean("keycoord.long");
        int each = all ? 3 : 2;
        int rounds = Integer.getInteger("keycoord.rounds", all ? LONG_ROUNDS : ChaosFault.values().length / each);
        long seed = Long.getLong("keycoord.seed", System.nanoTime() & 0xffffff);
        long started = System.nanoTime();
        Random random = new Random(seed);
        List<ChaosFault> faults = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            while (faults.size() < each) {
                List<ChaosFault> more = new ArrayList<>(faults());
                Collections.shuffle(more, random);
                faults.addAll(more);
            }
            List<ChaosFault> some = new ArrayList<>(faults.subList(0, each));
            faults.subList(0, each).clear();
            play(round, some, seed * 1_000 + round, call -> true);
        }
        System.out.printf("chaos, seed %d, %.1f s: %s%n", seed, (System.nanoTime() - started) / 1e9, counts);

        assertThat(counts.findings.stream().limit(SHOWN)).as(counts.toString()).isEmpty();
        assertThat(counts.oracle.objections.stream().limit(SHOWN))
                .as(counts.toString())
                .isEmpty();
        assertThat(counts.failed).as("exceptions that nobody expects").isZero();
        assertThat(counts.grants).isPositive();
        assertThat(counts.refusals).isPositive();
        if (faults().contains(ChaosFault.REPLIES_DROPPED)) {
            assertThat(counts.unheard).isPositive();
        }
    }

    /** Of each worker's grants one is not told to the checker. */
    @Test
    void aCallThatIsMissingIsFound() throws Exception {
        Set<String> missing = new HashSet<>();
        play(
                0,
                List.of(ChaosFault.OLDER_COPY),
                7,
                call -> !call.isGrant() || !missing.add(call.worker() + call.meta()));

        assertThat(counts.findings).as(counts.toString()).isNotEmpty();
    }

    /** {@code -Dkeycoord.faults=A,B} has these only. */
    private static List<ChaosFault> faults() {
        String chosen = System.getProperty("keycoord.faults", "");
        return chosen.isEmpty()
                ? List.of(ChaosFault.values())
                : Stream.of(chosen.split(",", -1)).map(ChaosFault::valueOf).toList();
    }

    private void play(int number, List<ChaosFault> faults, long seed, Predicate<ChaosCall> told) throws Exception {
        int before = counts.findings.size() + counts.oracle.objections.size();
        boolean durable = faults.contains(ChaosFault.REDIS_RESTARTED);
        try (ChaosServer server = new ChaosServer(ChaosRound.folder(folder, number), durable)) {
            new ChaosRound(server, crew, counts, scripts, seed).playAndCheck(faults, told);
        }
        counts.jvms = crew.started() - 1;
        if (counts.findings.size() + counts.oracle.objections.size() > before) {
            System.out.printf("found in round %d of seed %d, with %s%n", number, seed / 1_000, faults);
        }
    }
}
