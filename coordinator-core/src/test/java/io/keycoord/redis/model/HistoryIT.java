package io.keycoord.redis.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.model.ReferenceModel;
import io.keycoord.redis.PlannedPool;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Worker JVMs play on pools of all shapes in one Redis, in real time, and write down each call with its reply. The calls
 * are then put into the server's order, and judged by the {@link ReferenceModel} and by the {@link Oracle}.
 *
 * <p>The usual run ends after 50,000 decisions or half a minute, whatever comes first, and prints how many they were; {@code -Dkeycoord.long=true}
 * takes a million without a limit of time, {@code -Dkeycoord.decisions=N} takes N. {@code -Dkeycoord.seed=S} has the
 * pools and the requests of S; how they meet differs with each run.
 */
@Tag("proof")
class HistoryIT {
    private static final int WORKERS = 8;
    /** Of each worker in a round; the pools are new in each. */
    private static final long DECISIONS = 1_500;

    private static final long ROUNDS = 100_000;
    private static final int SHOWN = 3;

    @TempDir
    Path folder;

    private final HistoryCounts counts = new HistoryCounts();
    private final List<HistoryJvm> workers = new ArrayList<>();

    @AfterEach
    void close() {
        HistoryJvm.closeAll(workers);
    }

    @Test
    void eachCallIsAnsweredAsIfAllHadBeenMadeOneAfterTheOther() throws Exception {
        boolean all = Boolean.getBoolean("keycoord.long");
        Long chosen = Long.getLong("keycoord.decisions");
        long wanted = chosen != null ? chosen : all ? 1_000_000 : 50_000;
        Duration limit = all || chosen != null ? Duration.ofHours(3) : Duration.ofSeconds(25);
        long seed = Long.getLong("keycoord.seed", System.nanoTime() & 0xffffff);
        long started = System.nanoTime();
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Scripts scripts = new Scripts(redis.uri())) {
            start(WORKERS);
            for (long round = 0;
                    counts.decisions() < wanted && System.nanoTime() - started < limit.toNanos();
                    round++) {
                new HistoryRound(redis, scripts, counts, folder, seed * ROUNDS + round)
                        .playAndCheck(workers, DECISIONS);
            }
        }
        System.out.printf("histories, seed %d, %.1f s: %s%n", seed, (System.nanoTime() - started) / 1e9, counts);
        assertThat(counts.differences.stream().limit(SHOWN))
                .as(counts.toString())
                .isEmpty();
        assertThat(counts.oracle.objections.stream().limit(SHOWN))
                .as(counts.toString())
                .isEmpty();
        assertThat(counts.jvms).isGreaterThanOrEqualTo(WORKERS);
        assertThat(counts.grants).isPositive();
        assertThat(counts.refusals).isPositive();
    }

    @Test
    @EnabledIfSystemProperty(named = "keycoord.history", matches = ".+")
    void aHistoryThatWasSavedIsJudgedAgain() throws Exception {
        Path file = Path.of(System.getProperty("keycoord.history"));
        List<HistoryCall> calls =
                HistoryLog.read(file, "saved").values().iterator().next();
        HistoryPool pool =
                HistoryPool.unregistered(file.getFileName().toString().replace('_', ':'));
        HistoryChecker checker = new HistoryChecker(pool, counts);
        long before = calls.get(0).now() - 1;
        List<String> opened = checker.registers(pool.planned.open(before, "full"));
        pool.planned.rest(opened, before, "full").forEach(checker::registers);

        checker.judge(calls);

        assertThat(counts.differences).isEmpty();
        assertThat(counts.oracle.objections).isEmpty();
    }

    /** The model and the oracle each find by themselves that buckets hold twice as much as they should. */
    @Test
    void aBrokenRuleIsFound() throws Exception {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                Scripts scripts = new Scripts(redis.uri(), HistoryIT::withLargeBuckets)) {
            start(2);
            for (int round = 0; round < 3; round++) {
                new HistoryRound(redis, scripts, counts, folder, round).playAndCheck(workers, 500);
            }
        }
        assertThat(counts.differences).as(counts.toString()).isNotEmpty();
        assertThat(counts.oracle.objections("over-issue")).as(counts.toString()).isPositive();
    }

    private static String withLargeBuckets(String file) {
        String rule = "increment - limit.tolerance)";
        return PlannedPool.text(file)
                .replace(file.equals("lib/limit") ? rule : "no such rule", "increment - 2 * limit.tolerance)");
    }

    private void start(int jvms) throws IOException {
        for (int i = 0; i < jvms; i++) {
            workers.add(new HistoryJvm(i));
            counts.jvms++;
        }
    }
}
