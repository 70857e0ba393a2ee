package io.keycoord.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition.Granted;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.Usage;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.integration.faults.Sample.Kind;
import io.keycoord.redis.RedisKeyCoordinator;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Redis dies, forgets its scripts, loses its state or a part of it, or is full, while worker JVMs go on. */
@Tag("proof")
class RedisLossIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int WORKERS = 3;
    private static final int PER_SECOND = 40;
    /** Of each worker: more than the limits of the pools below admit. */
    private static final Load.Plan HUNGRY = new Load.Plan(4, 5, 1, 0);

    private static final Load.Plan WAITING = new Load.Plan(40, 5, 1, 5_000);
    private static final Load.Plan STEADY = new Load.Plan(4, 5, 20, 0);

    private final List<WorkerJvm> workers = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void end() throws Exception {
        workers.forEach(WorkerJvm::close);
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T thing) {
        opened.add(thing);
        return thing;
    }

    private void workers(EmbeddedRedis redis, FaultPool pool, int number) throws IOException, InterruptedException {
        for (int i = 0; i < number; i++) {
            workers.add(WorkerJvm.start(redis.uri().toString(), pool));
        }
        for (WorkerJvm worker : workers) {
            worker.await("ready");
        }
    }

    private void load(Load.Plan plan) throws InterruptedException {
        for (WorkerJvm worker : workers) {
            worker.load(plan);
        }
    }

    private static void run(int millis) {
        long until = System.nanoTime() + millis * 1_000_000L;
        await().atMost(LIMIT.plusMillis(millis))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> System.nanoTime() - until >= 0);
    }

    /** What all of them saw, and how many leases they settled. */
    private WorkerJvm.Report stop() throws InterruptedException {
        List<Sample> samples = new ArrayList<>();
        long settled = 0;
        for (WorkerJvm worker : workers) {
            WorkerJvm.Report report = worker.stop();
            samples.addAll(report.samples());
            settled += report.settled();
        }
        return new WorkerJvm.Report(settled, samples);
    }

    private static List<Sample> since(List<Sample> samples, long fromMs) {
        return samples.stream().filter(s -> s.atMs() >= fromMs).toList();
    }

    private static long firstGrant(List<Sample> samples, long fromMs) {
        return Sample.of(since(samples, fromMs), Kind.GRANTED).stream()
                .mapToLong(Sample::atMs)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    private static void assertAllSettledOnce(PoolState state, long settled) {
        await().atMost(LIMIT).untilAsserted(() -> {
            assertThat(state.callsOk()).as("settlements that were applied").isEqualTo(settled);
            assertThat(state.inFlight()).as("in_flight").isZero();
            assertThat(state.leases()).as("leases").isZero();
        });
        assertThat(state.meta("reaped")).isZero();
    }

    @Test
    void aRestartWithItsAppendOnlyFileLosesNoLease() throws Exception {
        EmbeddedRedis redis = opened(EmbeddedRedis.builder()
                .appendOnly()
                .config("appendfsync always")
                .start());
        FaultPool pool = FaultPool.of(60_000, 2, 40);
        workers(redis, pool, WORKERS);
        load(STEADY);
        List<Long> backs = new ArrayList<>();
        List<Long> restarts = new ArrayList<>();
        for (int i = 0; i < (Figure.LONG ? 50 : 2); i++) {
            run(1_500);
            redis.crash();
            run(300);
            redis.restart();
            restarts.add(System.currentTimeMillis());
        }
        run(4_000);
        WorkerJvm.Report report = stop();
        restarts.forEach(at -> backs.add(firstGrant(report.samples(), at) - at));

        PoolState state = opened(new PoolState(redis.uri(), pool));
        Figure.print(
                "kill -9 of Redis with its append-only file",
                "%d restarts under %d worker JVMs; %d leases, first again after %s ms; longest wait %.0f ms; %d requests refused",
                restarts.size(),
                WORKERS,
                report.settled(),
                backs,
                Sample.longestMs(report.samples()),
                Sample.count(report.samples(), Kind.UNAVAILABLE));
        assertThat(Sample.count(report.samples(), Kind.FAILED)).isZero();
        assertThat(backs).as("ms until leases were given again").allMatch(ms -> ms < LIMIT.toMillis());
        assertAllSettledOnce(state, report.settled());
        assertThat(state.meta("epoch")).isEqualTo(1);
    }

    /** With {@code appendfsync everysec} Redis answers up to two seconds before it writes, while its disk is busy. */
    @Test
    void aRestartWithoutTheEndOfItsAppendOnlyFileIsNoticed(@TempDir Path folder) throws Exception {
        EmbeddedRedis redis = opened(
                EmbeddedRedis.builder().workingDirectory(folder).appendOnly().start());
        FaultPool pool = FaultPool.of(2_000, 1, 1_000).withPerSecond(PER_SECOND);
        workers(redis, pool, WORKERS);
        load(HUNGRY);
        run(3_000);
        redis.crash();
        long lost = cutAppendOnlyFile(folder);
        redis.restart();
        long restarted = System.currentTimeMillis();
        run(4_000);
        WorkerJvm.Report report = stop();

        PoolState state = opened(new PoolState(redis.uri(), pool));
        int most = Sample.mostInASecond(report.samples());
        Figure.print(
                "kill -9 of Redis, the last third of its append-only file lost",
                "%d bytes lost; first lease after %d ms; most grants in any second %d (limit %d)",
                lost,
                firstGrant(report.samples(), restarted) - restarted,
                most,
                PER_SECOND);
        assertThat(state.logged("ROLLED_BACK")).isTrue();
        assertThat(state.meta("epoch")).isEqualTo(2);
        assertThat(Sample.count(report.samples(), Kind.FAILED)).isZero();
        assertThat(most).as("grants in a second").isLessThanOrEqualTo(2 * PER_SECOND);
        assertThat(firstGrant(report.samples(), restarted)).isLessThan(Long.MAX_VALUE);
        try (RedisKeyCoordinator reaper = pool.worker(redis.uri().toString())) {
            await().atMost(LIMIT).untilAsserted(() -> {
                if (reaper.tryAcquire(FaultPool.REQUEST) instanceof Granted granted) {
                    granted.lease().settle(Outcome.unused());
                }
                assertThat(state.inFlight()).as("in_flight").isZero();
                assertThat(state.leases()).as("leases").isZero();
            });
        }
    }

    private static long cutAppendOnlyFile(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            Path file = files.filter(f -> f.toString().endsWith(".incr.aof"))
                    .findFirst()
                    .orElseThrow();
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                long lost = channel.size() / 3;
                channel.truncate(channel.size() - lost);
                return lost;
            }
        }
    }

    @Test
    void scriptsThatAreFlushedAllTheTimeAreNoticedByNobody() throws Exception {
        EmbeddedRedis redis = opened(EmbeddedRedis.start());
        FaultPool pool = FaultPool.of(60_000, 2, 40);
        workers(redis, pool, WORKERS);
        PoolState state = opened(new PoolState(redis.uri(), pool));
        AtomicLong flushes = new AtomicLong();
        ScheduledExecutorService flusher = Executors.newSingleThreadScheduledExecutor();
        opened(flusher::shutdownNow);
        load(STEADY);
        var flushing = flusher.scheduleAtFixedRate(
                () -> {
                    state.jedis.scriptFlush();
                    flushes.incrementAndGet();
                },
                50,
                50,
                TimeUnit.MILLISECONDS);
        run(Figure.LONG ? 60_000 : 5_000);
        WorkerJvm.Report report = stop();
        flushing.cancel(false);
        flusher.shutdown();
        assertThat(flusher.awaitTermination(60, TimeUnit.SECONDS)).isTrue();

        Figure.print(
                "SCRIPT FLUSH each 50 ms",
                "%d flushes, %d leases of %d worker JVMs, 0 errors, longest wait %.0f ms",
                flushes.get(),
                report.settled(),
                WORKERS,
                Sample.longestMs(report.samples()));
        assertThat(flushes.get()).isGreaterThan(10);
        assertThat(report.settled()).isPositive();
        assertThat(report.samples()).extracting(Sample::kind).containsOnly(Kind.GRANTED, Kind.SETTLED);
        assertAllSettledOnce(state, report.settled());
    }

    @Test
    void aFlushIsNoticedAndNoLimitIsExceeded() throws Exception {
        flush("callers who do not wait", HUNGRY);
    }

    @Test
    void aFlushIsNoticedAndNoLimitIsExceededByReservations() throws Exception {
        flush("callers who wait", WAITING);
    }

    private void flush(String whose, Load.Plan plan) throws Exception {
        EmbeddedRedis redis = opened(EmbeddedRedis.start());
        FaultPool pool = FaultPool.of(60_000, 1, 1_000).withPerSecond(PER_SECOND);
        workers(redis, pool, WORKERS);
        PoolState state = opened(new PoolState(redis.uri(), pool));
        load(plan);
        run(3_000);
        long flushed = System.currentTimeMillis();
        state.jedis.flushAll();
        run(4_000);
        WorkerJvm.Report report = stop();

        List<Sample> after = since(report.samples(), flushed - 1_000);
        Figure.print(
                "FLUSHALL, " + whose,
                "most grants in any second %d before, %d across and after it (limit %d); first grant after %d ms; %d refused",
                Sample.mostInASecond(report.samples().stream()
                        .filter(s -> s.atMs() < flushed)
                        .toList()),
                Sample.mostInASecond(after),
                PER_SECOND,
                firstGrant(report.samples(), flushed) - flushed,
                Sample.count(report.samples(), Kind.UNAVAILABLE));
        assertThat(Sample.count(report.samples(), Kind.FAILED)).isZero();
        assertThat(Sample.mostInASecond(report.samples())).isLessThanOrEqualTo(PER_SECOND);
        assertThat(firstGrant(report.samples(), flushed)).isLessThan(Long.MAX_VALUE);
        assertThat(workers.stream().flatMap(worker -> worker.logged("its state in Redis is lost").stream()))
                .as("lines that tell of it")
                .isNotEmpty();
    }

    @Test
    void anOlderCopyIsNoticedAndWhatItGrantsTooMuchIsBounded() throws Exception {
        rollback("callers who do not wait", HUNGRY);
    }

    @Test
    void anOlderCopyIsNoticedAndWhatReservationsGrantTooMuchIsBounded() throws Exception {
        rollback("callers who wait", WAITING);
    }

    private void rollback(String whose, Load.Plan plan) throws Exception {
        EmbeddedRedis redis = opened(EmbeddedRedis.start());
        FaultPool pool = FaultPool.of(60_000, 1, 1_000).withPerSecond(PER_SECOND);
        workers(redis, pool, WORKERS);
        PoolState state = opened(new PoolState(redis.uri(), pool));
        Map<String, byte[]> copy = state.copy();
        load(plan);
        run(3_000);
        long restored = System.currentTimeMillis();
        state.restore(copy);
        await().atMost(LIMIT).until(() -> state.meta("epoch") == 2);
        long noticed = System.currentTimeMillis();
        run(4_000);
        WorkerJvm.Report report = stop();

        int most = Sample.mostInASecond(since(report.samples(), restored - 1_000));
        Figure.print(
                "an older copy is restored, " + whose,
                "noticed after %d ms; most grants in any second %d before, %d across and after it (limit %d): over-issue %d",
                noticed - restored,
                Sample.mostInASecond(report.samples().stream()
                        .filter(s -> s.atMs() < restored)
                        .toList()),
                most,
                PER_SECOND,
                Math.max(0, most - PER_SECOND));
        assertThat(state.logged("ROLLED_BACK")).isTrue();
        assertThat(state.meta("epoch")).isEqualTo(2);
        assertThat(Sample.count(report.samples(), Kind.FAILED)).isZero();
        assertThat(most).as("grants in a second").isLessThanOrEqualTo(2 * PER_SECOND);
        assertThat(Sample.mostInASecond(since(report.samples(), noticed + 1_500)))
                .isLessThanOrEqualTo(PER_SECOND);
        assertThat(firstGrant(report.samples(), noticed)).isLessThan(Long.MAX_VALUE);
    }

    @Test
    void aFullRedisTakesSettlementsAndRefusesRequestsUntilThereIsRoom() throws Exception {
        EmbeddedRedis redis = opened(
                EmbeddedRedis.builder().config("maxmemory-policy noeviction").start());
        FaultPool pool = FaultPool.of(60_000, 2, 40);
        RedisKeyCoordinator keys = opened(pool.worker(redis.uri().toString()));
        PoolState state = opened(new PoolState(redis.uri(), pool));
        List<Lease> held = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Lease lease = ((Granted) keys.tryAcquire(FaultPool.REQUEST)).lease();
            lease.secret();
            held.add(lease);
        }
        state.jedis.configSet("maxmemory", "1mb");
        int refused = 0;
        long slowestNanos = 0;
        for (int i = 0; i < 50; i++) {
            long before = System.nanoTime();
            try {
                keys.tryAcquire(FaultPool.REQUEST).orElseThrow();
            } catch (StoreUnavailableException e) {
                refused += e.trouble() == Trouble.UNABLE ? 1 : 0;
            }
            slowestNanos = Math.max(slowestNanos, System.nanoTime() - before);
        }
        held.forEach(lease -> lease.settle(Outcome.success(Usage.tokens(1, 1))));

        assertThat(refused).as("requests that a full Redis refuses").isEqualTo(50);
        assertThat(state.inFlight()).as("in_flight while Redis is full").isZero();
        assertThat(state.callsOk()).isEqualTo(20);
        state.jedis.configSet("maxmemory", "0");
        Lease again = keys.tryAcquire(FaultPool.REQUEST).orElseThrow();
        again.settle(Outcome.unused());
        Figure.print(
                "Redis is full",
                "50 requests refused, slowest %.1f ms; 20 settlements taken; leases again at once",
                slowestNanos / 1e6);
        assertThat(state.inFlight()).isZero();
        assertThat(state.leases()).isZero();
    }
}
