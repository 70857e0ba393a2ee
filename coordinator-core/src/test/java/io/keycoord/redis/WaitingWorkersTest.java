package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.embedded.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.util.SafeEncoder;

/** Callers of several workers who wait for the same slots. */
class WaitingWorkersTest extends CoordinatorTest {
    private static final LeaseRequest PATIENT = ONE.withMaxWait(Duration.ofSeconds(60));
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int TURNS = 300;

    private final Executor threads = task -> {
        Thread thread = new Thread(task, "waiter");
        thread.setDaemon(true);
        thread.start();
    };

    WaitingWorkersTest(TestRedis redis) {
        super(redis);
    }

    private RedisKeyCoordinator worker(int slots) {
        PoolConfig pool = headroom(solo("a", concurrency(slots)));
        return opened(RedisKeyCoordinator.builder()
                .redis(uri.toString())
                .config(new CoordinatorConfig(List.of(pool)))
                .secrets(secrets(pool))
                .workerId("w" + open.size())
                .closeWait(Duration.ZERO)
                .build());
    }

    private long known() {
        return Long.parseLong(jedis.hget("keycoord:{test}:meta", "waiting"));
    }

    /** One that waits, once Redis knows of it and can call it. */
    private CompletableFuture<Lease> waiter(RedisKeyCoordinator keys) {
        long before = known();
        CompletableFuture<Lease> lease = CompletableFuture.supplyAsync(() -> keys.acquire(PATIENT), threads);
        await().until(() -> known() == before + 1 && channels().contains("keycoord:wake:" + keys.workerId()));
        return lease;
    }

    private static void end(Lease lease) {
        lease.settle(Outcome.successWithoutUsage());
    }

    /**
     * Each settles when both others wait, and asks again at once; without an order one of them keeps the slot for as long as
     * it likes. It may, now and then, where a machine lets neither of them answer for the 50 ms that the slot is held.
     */
    @Test
    void workersThatAskAgainAtOnceTakeTurns() {
        List<String> turns = Collections.synchronizedList(new ArrayList<>());
        List<RedisKeyCoordinator> workers = List.of(worker(1), worker(1), worker(1));
        Lease held = workers.get(0).acquire(ONE);
        List<CompletableFuture<Lease>> waits =
                workers.stream().map(this::waiter).toList();
        List<CompletableFuture<Void>> loops = IntStream.range(0, workers.size())
                .mapToObj(i -> waits.get(i).thenAcceptAsync(first -> loop(workers.get(i), first, turns), threads))
                .toList();

        end(held);

        loops.forEach(loop -> assertThat(loop).succeedsWithin(LIMIT));
        int again = 0;
        for (int i = 1; i < TURNS; i++) {
            again += turns.get(i).equals(turns.get(i - 1)) ? 1 : 0;
        }
        assertThat(again).as("turns of the same worker as before").isLessThan(TURNS / 10);
    }

    private void loop(RedisKeyCoordinator keys, Lease first, List<String> turns) {
        Lease lease = first;
        while (turns.size() < TURNS) {
            turns.add(keys.workerId());
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> known() == 2 || turns.size() >= TURNS);
            end(lease);
            lease = keys.acquire(PATIENT);
        }
        end(lease);
    }

    @Test
    void callersOfTwoWorkersAreServedInTheOrderInWhichTheyCame() {
        List<RedisKeyCoordinator> workers = List.of(worker(1), worker(1), worker(1), worker(1));
        List<Integer> served = Collections.synchronizedList(new ArrayList<>());
        Lease held = workers.get(0).acquire(ONE);
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (int number : List.of(2, 0, 3, 1)) {
            ends.add(waiter(workers.get(number)).thenAccept(lease -> {
                served.add(number);
                end(lease);
            }));
        }

        end(held);

        ends.forEach(end -> assertThat(end).succeedsWithin(LIMIT));
        assertThat(served).containsExactly(2, 0, 3, 1);
        await().until(() -> known() == 0);
    }

    @Test
    void slotsThatComeAtOnceServeAsManyWorkersByFewCalls() {
        int slots = 6;
        List<RedisKeyCoordinator> workers =
                IntStream.range(0, slots).mapToObj(i -> worker(slots)).toList();
        List<Lease> held = IntStream.range(0, slots)
                .mapToObj(i -> workers.get(0).acquire(ONE))
                .toList();
        List<CompletableFuture<Lease>> waits =
                workers.stream().map(this::waiter).toList();
        long before = scriptCalls();

        held.forEach(WaitingWorkersTest::end);

        waits.forEach(wait -> assertThat(wait).succeedsWithin(LIMIT));
        assertThat(scriptCalls() - before)
                .as("a settlement and an acquire for each, and what safety timers add")
                .isLessThanOrEqualTo(3L * slots);
        waits.forEach(wait -> end(wait.join()));
    }

    /** While they wait for long, they ask about once a second. */
    @Test
    void whoWaitsAsksSeldom() {
        RedisKeyCoordinator keys = worker(1);
        Lease held = keys.acquire(ONE);
        List<CompletableFuture<Lease>> waits = List.of(waiter(worker(1)), waiter(worker(1)), waiter(worker(1)));
        long before = scriptCalls();
        long start = System.nanoTime();

        await().pollInterval(Duration.ofMillis(50)).until(() -> scriptCalls() - before >= 6);

        assertThat(System.nanoTime() - start)
                .as("each asks twice a second at most")
                .isGreaterThan(Duration.ofMillis(700).toNanos());
        end(held);
        waits.forEach(wait -> end(wait.orTimeout(30, TimeUnit.SECONDS).join()));
    }

    @Test
    void lostMessagesDelayNobodyForLong() {
        RedisKeyCoordinator keys = worker(1);
        RedisKeyCoordinator other = worker(1);
        for (int i = 0; i < 3; i++) {
            Lease held = keys.acquire(ONE);
            CompletableFuture<Lease> waits = waiter(other);
            command("CLIENT", "KILL", "TYPE", "pubsub");

            end(held);

            assertThat(waits).succeedsWithin(LIMIT);
            end(waits.join());
        }
    }

    @Test
    void whoGivesUpLeavesNothingBehind() {
        RedisKeyCoordinator keys = worker(1);
        RedisKeyCoordinator other = worker(1);
        Lease held = keys.acquire(ONE);
        CompletableFuture<Lease> cancelled = other.acquireAsync(PATIENT);
        await().until(() -> known() == 1);
        cancelled.cancel(true);
        await().until(() -> known() == 0);

        assertThat(CompletableFuture.supplyAsync(() -> other.acquire(ONE.withMaxWait(Duration.ofMillis(200)))))
                .failsWithin(LIMIT)
                .withThrowableThat()
                .withRootCauseInstanceOf(KeyUnavailableException.class);
        await().until(() -> known() == 0);

        CompletableFuture<Lease> closed = waiter(other);
        other.close();
        assertThat(closed).failsWithin(LIMIT);
        await().until(() -> known() == 0);
        end(held);
    }

    @Test
    void aClosedWorkerListensNoMore() {
        RedisKeyCoordinator keys = worker(1);
        Lease held = keys.acquire(ONE);
        CompletableFuture<Lease> waits = waiter(keys);
        end(held);
        end(waits.join());
        assertThat(listening()).isTrue();

        keys.close();

        await().until(() -> !listening());
        assertThat(channels()).isEmpty();
    }

    private Object command(String... words) {
        CommandArguments all = new CommandArguments(() -> SafeEncoder.encode(words[0]));
        for (int i = 1; i < words.length; i++) {
            all.add(words[i]);
        }
        return jedis.executeCommand(all);
    }

    /** Those that somebody listens to. */
    private List<String> channels() {
        List<?> names = (List<?>) command("PUBSUB", "CHANNELS", "keycoord:wake:*");
        return names.stream().map(name -> SafeEncoder.encode((byte[]) name)).toList();
    }

    private static boolean listening() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("keycoord-wakeups"));
    }
}
