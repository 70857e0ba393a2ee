package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.TopologyContract.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Outcome;
import io.keycoord.Usage;
import io.keycoord.config.Durability;
import io.keycoord.config.PoolConfig;
import io.keycoord.embedded.EmbeddedRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a pool pays for copies. Prints figures, asserts none: {@code -Dkeycoord.long=true} measures ten times as much. */
@Tag("proof")
class DurabilityCostIT {
    private static final int ROUNDS = 5;
    private static final int THREADS = 16;
    private static final int CYCLES = Boolean.getBoolean("keycoord.long") ? 1_000 : 100;
    private static final int FEW = Math.max(4, CYCLES / 100);

    /** A way to lease, and what was measured of it. */
    private record Way(String name, RedisKeyCoordinator keys, int cycles, List<Double> callers, List<Double> crowds) {
        Way(String name, RedisKeyCoordinator keys, int cycles) {
            this(name, keys, cycles, new ArrayList<>(), new ArrayList<>());
        }

        /** Microseconds of a cycle, the median of those of one caller. */
        double ofOneCaller() {
            double[] us = IntStream.range(0, cycles)
                    .mapToDouble(i -> {
                        long before = System.nanoTime();
                        cycle();
                        return (System.nanoTime() - before) / 1e3;
                    })
                    .sorted()
                    .toArray();
            return us[us.length / 2];
        }

        /** Microseconds from one cycle to the next, of many callers at once. */
        double ofManyCallers(ExecutorService threads) {
            long before = System.nanoTime();
            List<CompletableFuture<Void>> all = IntStream.range(0, THREADS)
                    .mapToObj(t -> CompletableFuture.runAsync(
                            () -> IntStream.range(0, cycles).forEach(i -> cycle()), threads))
                    .toList();
            all.forEach(CompletableFuture::join);
            return (System.nanoTime() - before) / 1e3 / THREADS / cycles;
        }

        private void cycle() {
            keys.acquire(ONE).settle(Outcome.success(Usage.tokens(1, 0)));
        }
    }

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private <T extends AutoCloseable> T opened(T thing) {
        open.add(0, thing);
        return thing;
    }

    private RedisKeyCoordinator worker(EmbeddedRedis redis, Durability durability) {
        PoolConfig pool = headroom(solo("a", limits(perMinute(1_000_000), perMinute(1_000_000), 100)));
        return opened(CoordinatorTest.builder(pool.withDurability(durability), redis.uri())
                .build());
    }

    @Test
    void aCycleWithAndWithoutCopies() {
        EmbeddedRedis redis = opened(EmbeddedRedis.builder()
                .appendOnly()
                .config("repl-diskless-sync-delay 0")
                .start());
        EmbeddedRedis replica = opened(EmbeddedRedis.builder()
                .config("replicaof 127.0.0.1 " + redis.port())
                .start());
        await().atMost(Duration.ofSeconds(30))
                .until(() -> SlotMover.text(TopologyContract.command(replica, "INFO", "replication"))
                        .contains("master_link_status:up"));
        List<Way> ways = new ArrayList<>(List.of(
                new Way("none", worker(redis, Durability.NONE), CYCLES),
                new Way("replica", worker(redis, Durability.REPLICA), CYCLES)));
        if (DurabilityTest.knowsWaitaof(redis)) {
            EmbeddedRedis always = opened(EmbeddedRedis.builder()
                    .appendOnly()
                    .config("appendfsync always")
                    .start());
            ways.add(new Way("none, appendfsync always", worker(always, Durability.NONE), CYCLES));
            ways.add(new Way("aof, appendfsync always", worker(always, Durability.AOF), CYCLES));
            ways.add(new Way("aof, appendfsync everysec", worker(redis, Durability.AOF), FEW));
        }

        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        opened(threads::shutdownNow);
        ways.forEach(Way::ofOneCaller);
        for (int round = 0; round < ROUNDS; round++) {
            ways.forEach(way -> way.callers.add(way.ofOneCaller()));
            ways.forEach(way -> way.crowds.add(way.ofManyCallers(threads)));
        }

        print("one caller", ways, Way::callers);
        print(THREADS + " callers", ways, Way::crowds);
        assertThat(ways).allMatch(way -> way.keys.storeState("test").uncopied() == 0);
    }

    private static void print(String who, List<Way> ways, Function<Way, List<Double>> measured) {
        Map<String, String> lines = new LinkedHashMap<>();
        List<Double> first = measured.apply(ways.get(0));
        for (Way way : ways) {
            List<Double> its = measured.apply(way);
            double ratio = median(IntStream.range(0, ROUNDS)
                    .mapToDouble(i -> its.get(i) / first.get(i))
                    .toArray());
            lines.put(
                    way.name,
                    String.format(
                            "%.0f us, %.2fx",
                            median(its.stream().mapToDouble(us -> us).toArray()), ratio));
        }
        System.out.println("figure: acquire and settle, " + who + ": " + lines);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
