package io.keycoord.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.LeaseRequest;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.integration.faults.OutageWorker.Counts;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.simulator.Dialect;
import io.keycoord.simulator.Fault;
import io.keycoord.simulator.FaultKind;
import io.keycoord.simulator.Latency;
import io.keycoord.simulator.ProviderSimulator;
import io.keycoord.simulator.Rate;
import io.keycoord.simulator.SimulatedAccount;
import io.keycoord.simulator.SimulatorConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.resps.StreamEntry;

/**
 * Worker JVMs call a provider through the SDK, at four fifths of what their accounts allow, and for a while it fails for
 * everybody. What is asserted are counts of calls.
 */
@Tag("proof")
class ProviderOutageIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int WORKERS = Figure.LONG ? 8 : 4;
    private static final int EACH_PER_SECOND = OutageWorker.ACCOUNTS * OutageWorker.PER_SECOND * 4 / 5 / WORKERS;
    private static final int OUTAGE_MS = Figure.LONG ? 60_000 : 12_000;
    private static final int SPAN_MS = 4_000;
    /** What fails before a model rests: six in a row, and what was under way then. */
    private static final int UNTIL_OPEN = 6 + OutageWorker.ACCOUNTS * OutageWorker.SLOTS;

    private final List<WorkerJvm> workers = new ArrayList<>();
    private final EmbeddedRedis redis = EmbeddedRedis.start();
    private ProviderSimulator provider;
    private Jedis jedis;

    @BeforeEach
    void start() throws Exception {
        SimulatorConfig.Builder config = SimulatorConfig.builder()
                .dialect(Dialect.OPENROUTER)
                .models(List.of(OutageWorker.MODEL))
                .latency(Latency.uniform(Duration.ofMillis(5), Duration.ofMillis(20)));
        for (int i = 0; i < OutageWorker.ACCOUNTS; i++) {
            config.account(SimulatedAccount.builder("a" + i)
                    .key("k" + i, OutageWorker.secret("k" + i))
                    .requests(Rate.bucket(OutageWorker.PER_SECOND, Duration.ofSeconds(1)))
                    .concurrency(OutageWorker.SLOTS)
                    .build());
        }
        provider = ProviderSimulator.start(config.build());
        jedis = new Jedis(redis.uri());
        for (int i = 0; i < WORKERS; i++) {
            workers.add(startWorker());
        }
        for (WorkerJvm worker : workers) {
            worker.await("ready");
        }
    }

    private WorkerJvm startWorker() throws IOException {
        return WorkerJvm.start(
                OutageWorker.class,
                redis.uri().toString(),
                provider.baseUrl().toString(),
                Integer.toString(EACH_PER_SECOND));
    }

    @AfterEach
    void end() {
        workers.forEach(WorkerJvm::close);
        jedis.close();
        provider.close();
        redis.close();
    }

    private static void pass(int millis) {
        long until = System.nanoTime() + millis * 1_000_000L;
        await().atMost(LIMIT.multipliedBy(2))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> System.nanoTime() - until >= 0);
    }

    /** What has happened since it was asked last. */
    private Counts take() throws InterruptedException {
        Counts sum = new Counts(0, 0, 0, 0, 0);
        for (WorkerJvm worker : workers) {
            worker.order("take");
            sum = sum.plus(Counts.parse(worker.await("took")));
        }
        return sum;
    }

    private long failing() {
        return provider.stats().total().answered(503);
    }

    private long refusing() {
        return provider.stats().total().answered(429);
    }

    private List<Map<String, String>> log() {
        return jedis.xrange("keycoord:{" + OutageWorker.POOL + "}:log", "-", "+").stream()
                .map(StreamEntry::getFields)
                .toList();
    }

    private static boolean isOfModel(Map<String, String> line) {
        return ("endpoint:" + OutageWorker.MODEL).equals(line.get("subject"));
    }

    /** How often one worker in the cluster was let through to find out whether the model works again. */
    private long probes() {
        return log().stream()
                .filter(line -> isOfModel(line) && "HALF_OPEN".equals(line.get("what")))
                .count();
    }

    /** What the log tells of keys, but for slowness. */
    private List<Map<String, String>> blamed() {
        return log().stream()
                .filter(line ->
                        !isOfModel(line) && !"pool".equals(line.get("subject")) && !"DEGRADED".equals(line.get("what")))
                .toList();
    }

    /** How many rests fit into the outage if each is as short as it may be. */
    private static long mostProbes() {
        double rest = OutageWorker.COOL_DOWN_MS / 16.0;
        long probes = 0;
        for (double at = 0; at < OUTAGE_MS; at += 0.8 * rest, rest = Math.min(2 * rest, OutageWorker.COOL_DOWN_MS)) {
            probes++;
        }
        return probes;
    }

    @Test
    void anOutageIsMetByOneProbeAnIntervalAndBlamedOnNoKey() throws Exception {
        for (WorkerJvm worker : workers) {
            worker.order("go");
            worker.await("going");
        }
        pass(3_000);
        take();
        pass(SPAN_MS);
        Counts before = take();

        String fault = provider.script(Fault.ofAll(FaultKind.OVERLOADED));
        pass(2_000);
        long untilOpen = failing();
        long probesFirst = probes();
        pass(OUTAGE_MS - 2_000);
        long upstream = failing();
        long probes = probes();
        Counts during = take();
        provider.clearFault(fault);
        pass(SPAN_MS);
        Counts back = take();
        pass(SPAN_MS);
        Counts after = take();

        Figure.print(
                "provider outage",
                "%d worker JVMs, %d calls a second offered of %d allowed, outage of %d s: before %s, during %s, the %d s after"
                        + " it %s, the next %s; upstream calls in the outage %d = %.3f of those offered (%d until the model"
                        + " rested, %d probes, at most %d); refused by the provider's limits %d; keys blamed %d",
                WORKERS,
                WORKERS * EACH_PER_SECOND,
                OutageWorker.ACCOUNTS * OutageWorker.PER_SECOND,
                OUTAGE_MS / 1_000,
                before,
                during,
                SPAN_MS / 1_000,
                back,
                after,
                upstream,
                (double) upstream / during.offered(),
                untilOpen,
                probes - probesFirst,
                mostProbes(),
                refusing(),
                blamed().size());
        assertThat(before.ok()).as("before").isGreaterThan(before.offered() * 9 / 10);
        assertThat(upstream).as("upstream calls").isLessThanOrEqualTo(during.offered() * 11 / 10);
        assertThat(upstream).as("upstream calls").isLessThanOrEqualTo(UNTIL_OPEN + mostProbes());
        assertThat(upstream - untilOpen)
                .as("each call that reached the provider was the one probe; one may have been under way")
                .isPositive()
                .isLessThanOrEqualTo(probes - probesFirst + 1);
        assertThat(probes).as("probes").isGreaterThan(probesFirst).isLessThanOrEqualTo(mostProbes());
        assertThat(blamed()).as("changes of keys").isEmpty();
        assertThat(refusing()).as("calls beyond the provider's limits").isZero();
        assertThat(after.ok()).as("at the end").isGreaterThanOrEqualTo(after.offered() * 95 / 100);
        assertThat(before.odd() + during.odd() + back.odd() + after.odd()).isZero();
        try (RedisKeyCoordinator keys =
                OutageWorker.keys(redis.uri().toString(), provider.baseUrl().toString())) {
            assertThat(keys.explain(LeaseRequest.of(OutageWorker.POOL).withModel(OutageWorker.MODEL)))
                    .noneMatch(key -> key.what().equals("breaker"));
        }
    }
}
