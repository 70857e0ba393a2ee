package io.keycoord.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.integration.faults.Sample.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Worker JVMs under load for long, with one fault after the other: nothing grows, nothing leaks, and it always goes on. */
@Tag("proof")
class SoakIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int WORKERS = 3;
    private static final int ACCOUNTS = 2;
    private static final int PER_SECOND = 40;
    private static final int TTL_MS = 3_000;
    /** How long it may take until leases are given again. */
    private static final long BACK_MS = 10_000;

    private static final long HEAP_GROWTH = 16L << 20;
    private static final long REDIS_GROWTH = 1L << 20;
    /** More callers than the limits admit, all of whom wait. */
    private static final Load.Plan WAITING = new Load.Plan(20, 5, 1, 5_000);

    private final FaultPool pool = FaultPool.of(TTL_MS, ACCOUNTS, 200).withPerSecond(PER_SECOND);
    private final int rounds = Figure.LONG ? 90 : Integer.getInteger("keycoord.soak.rounds", 9);
    private final int periodMs = Figure.LONG ? 20_000 : 3_500;
    private final List<WorkerJvm> workers = new ArrayList<>();
    private final List<Sample> samples = new ArrayList<>();
    private EmbeddedRedis redis;
    private FaultProxy proxy;
    private PoolState state;

    /** A fault; it is over when this returns. */
    private interface Fault {
        void strike() throws Exception;
    }

    private record Strike(String name, Fault fault) {}

    @BeforeEach
    void start() throws Exception {
        redis = EmbeddedRedis.builder().appendOnly().start();
        proxy = new FaultProxy(redis.port());
        state = new PoolState(redis.uri(), pool);
        for (int i = 0; i < WORKERS; i++) {
            startWorker();
        }
    }

    @AfterEach
    void end() {
        workers.forEach(WorkerJvm::close);
        state.close();
        proxy.close();
        redis.close();
    }

    private void startWorker() throws IOException, InterruptedException {
        WorkerJvm worker = WorkerJvm.start(proxy.url(), pool);
        workers.add(worker);
        worker.await("ready");
        worker.load(WAITING);
    }

    private List<Strike> faults() {
        return List.of(
                new Strike("connections break off", proxy::reset),
                new Strike("a worker is killed", this::killOne),
                new Strike(
                        "100 ms each way",
                        () -> during(() -> proxy.delay(Duration.ofMillis(100), Duration.ofMillis(100)))),
                new Strike("Redis restarts", this::restart),
                new Strike("connections fall silent", proxy::halfOpen),
                new Strike("a worker sleeps beyond its leases", this::sleepOne),
                new Strike("replies are lost", () -> during(proxy::dropReplies)),
                new Strike("scripts are flushed", () -> state.jedis.scriptFlush()),
                new Strike("all is flushed", () -> state.jedis.flushAll()));
    }

    private void during(Runnable fault) {
        fault.run();
        pass(1_000);
        proxy.pass();
    }

    private void killOne() throws Exception {
        workers.remove(0).kill();
        startWorker();
    }

    private void restart() {
        redis.crash();
        redis.restart();
        state.close();
        state = new PoolState(redis.uri(), pool);
    }

    private void sleepOne() throws Exception {
        workers.get(0).signal("STOP");
        pass(TTL_MS + 500);
        workers.get(0).signal("CONT");
    }

    private static void pass(int millis) {
        long until = System.nanoTime() + millis * 1_000_000L;
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() - until >= 0);
    }

    private void take() throws InterruptedException {
        for (WorkerJvm worker : workers) {
            samples.addAll(worker.take());
        }
    }

    private long firstGrant(long fromMs) {
        return Sample.of(samples, Kind.GRANTED).stream()
                .mapToLong(Sample::atMs)
                .filter(at -> at >= fromMs)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private long heap() throws InterruptedException {
        long most = 0;
        for (WorkerJvm worker : workers) {
            most = Math.max(most, worker.heap());
        }
        return most;
    }

    private long redisMemory() {
        String info = state.jedis.info("memory");
        int at = info.indexOf("used_memory_dataset:") + "used_memory_dataset:".length();
        return Long.parseLong(info.substring(at, info.indexOf('\r', at)));
    }

    @Test
    void nothingGrowsAndItAlwaysGoesOn() throws Exception {
        List<Strike> faults = faults();
        Map<String, Long> backs = new TreeMap<>();
        pass(periodMs);
        take();
        long heap = heap();
        long redisBytes = redisMemory();
        Map<String, Integer> mosts = new TreeMap<>();
        long grants = 0;
        long failed = 0;
        for (int round = 0; round < rounds; round++) {
            Strike strike = faults.get(round % faults.size());
            strike.fault.strike();
            long over = System.currentTimeMillis();
            pass(periodMs);
            take();
            backs.merge(strike.name, firstGrant(over) - over, Math::max);
            mosts.merge(strike.name, Sample.mostInASecond(samples), Math::max);
            grants += Sample.count(samples, Kind.GRANTED);
            failed += Sample.count(samples, Kind.FAILED);
            // Of the next span the grants of this one's last second are a part.
            samples.removeIf(sample -> sample.atMs() < over + periodMs - 1_000);
        }
        long heapAfter = heap();
        long redisAfter = redisMemory();
        for (WorkerJvm worker : workers) {
            worker.stop();
        }

        Figure.print(
                "soak",
                "%d faults, %d leases of %d worker JVMs; given again after at most %s ms; most grants in any second %s (limit %d);"
                        + " heap of a worker %.1f MB, then %.1f; data of Redis %d kB, then %d",
                rounds,
                grants,
                WORKERS,
                backs,
                mosts,
                ACCOUNTS * PER_SECOND,
                heap / 1e6,
                heapAfter / 1e6,
                redisBytes / 1_000,
                redisAfter / 1_000);
        assertThat(failed).as("what nobody expects").isZero();
        assertThat(backs.entrySet().stream().max(Comparator.comparing(Map.Entry::getValue)))
                .hasValueSatisfying(slowest -> assertThat(slowest.getValue())
                        .as("ms until leases were given again after: %s", slowest.getKey())
                        .isLessThan(BACK_MS));
        // What state that is lost may cost: one burst more.
        assertThat(mosts.values())
                .as("grants in a second")
                .allSatisfy(most -> assertThat(most).isLessThanOrEqualTo(2 * ACCOUNTS * PER_SECOND));
        assertThat(heapAfter).as("heap of a worker").isLessThan(heap + HEAP_GROWTH);
        assertThat(redisAfter).as("data of Redis").isLessThan(redisBytes + REDIS_GROWTH);
        await().atMost(LIMIT).untilAsserted(() -> {
            state.jedis.ping();
            assertThat(state.leases()).as("leases that are settled or reaped").isLessThanOrEqualTo(WAITING.threads());
        });
        assertThat(state.inFlight())
                .as("calls in flight are the leases that live")
                .isEqualTo(state.leases());
    }
}
