package io.keycoord.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition.Granted;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.redis.RedisKeyCoordinator;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What becomes of the leases of a worker that dies, is told to end, or sleeps. */
class WorkerDeathIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int TTL_MS = 1_000;
    private static final int TOGETHER = 4;
    private static final int HELD = 5;

    private final FaultPool pool = FaultPool.of(TTL_MS, TOGETHER, HELD);
    private final List<WorkerJvm> workers = new ArrayList<>();
    private EmbeddedRedis redis;
    private RedisKeyCoordinator keys;
    private PoolState state;

    @BeforeEach
    void start() {
        redis = EmbeddedRedis.start();
        keys = pool.worker(redis.uri().toString());
        state = new PoolState(redis.uri(), pool);
    }

    @AfterEach
    void end() {
        workers.forEach(WorkerJvm::close);
        keys.close();
        state.close();
        redis.close();
    }

    private WorkerJvm worker() throws IOException {
        WorkerJvm worker = WorkerJvm.start(redis.uri().toString(), pool);
        workers.add(worker);
        return worker;
    }

    private List<WorkerJvm> workers(int number) throws IOException {
        List<WorkerJvm> started = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            started.add(worker());
        }
        return started;
    }

    /** As many leases as there are slots, as soon as they can be had. */
    private List<Lease> allSlots() {
        List<Lease> leases = new ArrayList<>();
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(10)).until(() -> {
            while (keys.tryAcquire(FaultPool.REQUEST) instanceof Granted granted) {
                leases.add(granted.lease());
            }
            return leases.size() >= pool.allSlots();
        });
        return leases;
    }

    /** How many tokens time has given back since, at most. */
    private static long refilled(long sinceNanos) {
        double seconds = (System.nanoTime() - sinceNanos) / 1e9;
        return (long) (seconds * TOGETHER * FaultPool.TOKENS / 86_400) + TOGETHER;
    }

    private static void giveBack(List<Lease> leases) {
        leases.forEach(lease -> lease.settle(Outcome.unused()));
    }

    @Test
    @Tag("sampled")
    void slotsOfKilledWorkersComeBackOnceAndNothingIsRefunded() throws Exception {
        int rounds = Figure.LONG ? 250 : 5;
        long began = System.nanoTime();
        List<Sample> waits = new ArrayList<>();
        List<WorkerJvm> next = workers(TOGETHER);
        for (int round = 0; round < rounds; round++) {
            List<WorkerJvm> doomed = next;
            for (WorkerJvm worker : doomed) {
                worker.await("ready");
                worker.hold(HELD);
            }
            next = round + 1 < rounds ? workers(TOGETHER) : List.of();
            long killed = System.nanoTime();
            doomed.forEach(WorkerJvm::kill);
            List<Lease> all = allSlots();
            waits.add(new Sample(0, (System.nanoTime() - killed) / 1_000, Sample.Kind.GRANTED));
            assertThat(all).as("leases when all slots are back").hasSize(pool.allSlots());
            giveBack(all);
        }

        int kills = rounds * TOGETHER;
        Figure.print(
                "kill -9 with leases out",
                "%d kills, %d leases; slots back after p50 %.0f ms, at most %.0f ms (TTL %d ms); %d of %d rounds beyond TTL + 1 s",
                kills,
                kills * HELD,
                Sample.percentileMs(waits, 0.5),
                Sample.longestMs(waits),
                TTL_MS,
                waits.stream()
                        .filter(w -> w.tookUs() > (TTL_MS + 1_000) * 1_000L)
                        .count(),
                rounds);
        assertThat(state.inFlight()).as("in_flight").isZero();
        assertThat(state.leases()).as("leases").isZero();
        assertThat(state.meta("reaped")).as("reaped").isEqualTo((long) kills * HELD);
        assertThat(state.callsOk()).as("calls that ended").isZero();
        long refilled = refilled(began);
        long charged = (long) kills * HELD * FaultWorker.TOKENS_HELD;
        assertThat(state.tokensLeft())
                .as("tokens left, after %d were reserved and %d may have come back by time", charged, refilled)
                .isBetween(
                        TOGETHER * FaultPool.TOKENS - charged - TOGETHER,
                        TOGETHER * FaultPool.TOKENS - charged + refilled);
    }

    @Test
    void aWorkerThatIsToldToEndLeavesNothingBehind() throws Exception {
        WorkerJvm worker = worker();
        worker.await("ready");
        worker.load(new Load.Plan(8, 300, 0, 1_000));
        await().atMost(LIMIT).until(() -> state.inFlight() == 8);

        long told = System.nanoTime();
        worker.signal("TERM");

        assertThat(worker.awaitEnd()).isEqualTo(143);
        Figure.print(
                "SIGTERM with 8 calls of 300 ms under way", "ended after %.0f ms", (System.nanoTime() - told) / 1e6);
        worker.await("drained");
        assertThat(state.leases()).as("leases left to be reaped").isZero();
        assertThat(state.inFlight()).isZero();
        assertThat(state.meta("reaped")).isZero();
        assertThat(state.callsOk()).isGreaterThanOrEqualTo(8);
    }

    @Test
    void aWorkerThatSleepsBeyondItsLeasesIsCountedOnceAndTakesNoSlotWithIt() throws Exception {
        WorkerJvm worker = worker();
        worker.await("ready");
        worker.hold(HELD);
        worker.signal("STOP");
        List<Lease> all = allSlots();
        long reserved = state.tokensLeft();
        long began = System.nanoTime();

        worker.signal("CONT");
        worker.order("settle " + 3 * FaultWorker.TOKENS_HELD);
        worker.await("settled");

        assertThat(state.leastInFlight()).as("slots of each account").isEqualTo(HELD);
        long beyond = reserved - 2L * HELD * FaultWorker.TOKENS_HELD;
        assertThat(state.tokensLeft())
                .as("tokens left; %d before the late settlement", reserved)
                .isBetween(beyond - TOGETHER, beyond + refilled(began));
        assertThat(state.meta("reaped")).isEqualTo(HELD);
        giveBack(all);
        assertThat(state.inFlight()).isZero();
        assertThat(state.leastInFlight()).isZero();
        assertThat(state.leases()).isZero();
        Figure.print("SIGSTOP beyond the lease", "%d late settlements, each counted once", HELD);
    }
}
