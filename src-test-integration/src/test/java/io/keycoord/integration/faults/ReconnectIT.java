package io.keycoord.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.integration.faults.Sample.Kind;
import io.keycoord.redis.RedisKeyCoordinator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All connections of many workers are cut at once, and Redis is there again: they come back, and do not run it over. */
@Tag("proof")
class ReconnectIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int WORKERS = 16;
    private static final int BEFORE_MS = 2_000;
    private static final int BACK_WITHIN_MS = 5_000;
    /** Each worker has a connection for each of its threads, for none waits for the other. */
    private static final Load.Plan EACH = new Load.Plan(3, 5, 100, 0);

    private final List<AutoCloseable> opened = new ArrayList<>();
    private EmbeddedRedis redis;
    private FaultProxy way;

    @BeforeEach
    void start() {
        redis = opened(EmbeddedRedis.start());
        way = opened(new FaultProxy(redis.port()));
    }

    @AfterEach
    void end() throws Exception {
        way.pass();
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T thing) {
        opened.add(thing);
        return thing;
    }

    private static void run(int millis) {
        long until = System.nanoTime() + millis * 1_000_000L;
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() - until >= 0);
    }

    private static long grants(List<Load> loads, long fromMs, long untilMs) {
        return loads.stream()
                .flatMap(load -> load.samples().stream())
                .filter(sample -> sample.kind() == Kind.GRANTED && sample.atMs() >= fromMs && sample.atMs() < untilMs)
                .count();
    }

    private static long within(List<Long> connectedMs, long fromMs, long untilMs) {
        return connectedMs.stream().filter(at -> at >= fromMs && at < untilMs).count();
    }

    /** In any 10 ms after {@code fromMs}. */
    private static long mostAtOnce(List<Long> connectedMs, long fromMs) {
        return connectedMs.stream()
                .filter(at -> at >= fromMs)
                .mapToLong(at -> within(connectedMs, at, at + 10))
                .max()
                .orElse(0);
    }

    /** Whether Redis has been away for so long, or only the connections are lost. */
    @ParameterizedTest
    @ValueSource(ints = {0, 3_000})
    void allComeBackAndConnectNoOftenerThanTheyMust(int awayMs) throws Exception {
        FaultPool pool = FaultPool.of(60_000, 4, 40);
        PoolState state = opened(new PoolState(redis.uri(), pool));
        List<Load> loads = new ArrayList<>();
        List<RedisKeyCoordinator> workers = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            workers.add(opened(pool.worker().redis(way.url()).combining(false).build()));
            loads.add(Load.start(workers.get(i), EACH));
        }
        run(2_000);
        long began = System.currentTimeMillis();
        run(BEFORE_MS);
        long cut = System.currentTimeMillis();
        int before = way.connections();
        if (awayMs == 0) {
            way.reset();
        } else {
            way.refuse();
            run(awayMs);
            way.pass();
        }
        long repaired = System.currentTimeMillis();
        run(BACK_WITHIN_MS + 1_000);
        for (Load load : loads) {
            assertThat(load.stop(LIMIT)).isTrue();
        }

        List<Long> connectedMs = way.connectedMs();
        double former = grants(loads, began, cut) * 1_000.0 / (cut - began);
        long back = -1;
        for (long from = repaired; back < 0 && from <= repaired + BACK_WITHIN_MS; from += 50) {
            back = grants(loads, from, from + 1_000) >= 0.95 * former ? from - repaired : -1;
        }
        long connects = within(connectedMs, cut, Long.MAX_VALUE);
        Figure.print(
                "reconnecting after " + awayMs + " ms without Redis",
                "%d workers had %d connections and %.0f grants/s; %d connects in the %d ms that followed, %d in any 10 ms; 95 %% of the former grants in the second after %d ms",
                WORKERS,
                before,
                former,
                connects,
                BACK_WITHIN_MS + 1_000,
                mostAtOnce(connectedMs, cut),
                back);
        assertThat(back)
                .as("ms until the second with 95 % of the former grants")
                .isBetween(0L, (long) BACK_WITHIN_MS);
        // A connection for each that was lost, and for each worker what it looks after the pool with.
        assertThat(connects).isLessThanOrEqualTo(2L * before + WORKERS);
        assertThat(loads.stream()
                        .mapToLong(load -> Sample.count(load.samples(), Kind.FAILED))
                        .sum())
                .isZero();
        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(workers)
                    .allSatisfy(keys ->
                            assertThat(keys.storeState(FaultPool.ID).kept()).isZero());
            assertThat(state.inFlight()).isZero();
        });
        assertThat(state.callsOk())
                .isEqualTo(loads.stream().mapToLong(Load::settled).sum());
    }
}
