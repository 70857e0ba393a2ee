package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.keycoord.CoordinatorInterruptedException;
import io.keycoord.KeyCoordinator;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.TenantConfig;
import io.keycoord.embedded.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Threads and futures of one worker that wait, on a real Redis and the real clock. */
class WaitingCallersTest extends CoordinatorTest {
    WaitingCallersTest(TestRedis redis) {
        super(redis);
    }

    @Test
    void waitsForItsReservation() {
        KeyCoordinator keys = coordinator(headroom(solo("a", requests(rate(1, Duration.ofMillis(300), Mode.BUCKET)))));
        long start = System.nanoTime();
        for (int i = 0; i < 4; i++) {
            keys.acquire(ONE).settle(Outcome.successWithoutUsage());
        }

        assertThat(System.nanoTime() - start)
                .isGreaterThanOrEqualTo(Duration.ofMillis(900).toNanos());
    }

    @Test
    void waitsForASlotThatIsGivenBack() throws Exception {
        KeyCoordinator keys = coordinator(headroom(solo("a", concurrency(1))));
        Lease first = keys.acquire(ONE);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            AtomicInteger served = new AtomicInteger();
            List<Future<?>> waiters = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                waiters.add(threads.submit(() -> {
                    keys.acquire(ONE).settle(Outcome.successWithoutUsage());
                    served.incrementAndGet();
                }));
            }
            assertThat(served.get()).isZero();
            first.settle(Outcome.successWithoutUsage());
            for (Future<?> waiter : waiters) {
                waiter.get(30, TimeUnit.SECONDS);
            }
            assertThat(served.get()).isEqualTo(20);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void anInterruptedWaiterHoldsNothing() throws Exception {
        RedisKeyCoordinator keys =
                coordinator(headroom(solo("a", requests(rate(1, Duration.ofSeconds(20), Mode.BUCKET)))));
        keys.acquire(ONE).settle(Outcome.successWithoutUsage());
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        Thread waiter = new Thread(() -> {
            Throwable thrown = catchThrowableOfType(CoordinatorInterruptedException.class, () -> keys.acquire(ONE));
            end.complete(Thread.currentThread().isInterrupted() ? thrown : new AssertionError("flag lost"));
        });
        waiter.start();
        await().until(() -> jedis.hlen("keycoord:{test}:holders") == 2);

        waiter.interrupt();

        assertThat(end.get(10, TimeUnit.SECONDS)).isInstanceOf(CoordinatorInterruptedException.class);
        await().untilAsserted(() ->
                assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight")).isEqualTo("0"));
    }

    @Test
    void aFutureCompletesAtTheStartAndGivesBackWhenCancelled() throws Exception {
        KeyCoordinator keys = coordinator(headroom(solo("a", requests(rate(1, Duration.ofMillis(400), Mode.BUCKET)))));
        CompletableFuture<Lease> first = keys.acquireAsync(ONE);
        first.get(10, TimeUnit.SECONDS).settle(Outcome.successWithoutUsage());
        CompletableFuture<Lease> second = keys.acquireAsync(ONE.withMaxWait(Duration.ofSeconds(5)));
        second.get(10, TimeUnit.SECONDS).settle(Outcome.successWithoutUsage());

        CompletableFuture<Lease> cancelled = keys.acquireAsync(ONE);
        await().until(() -> jedis.hlen("keycoord:{test}:holders") == 2);
        cancelled.cancel(true);

        await().untilAsserted(() ->
                assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight")).isEqualTo("0"));
    }

    @Test
    void manyFuturesOnADryPoolAreServedInTheirOrderByFewCalls() throws Exception {
        KeyCoordinator keys = coordinator(headroom(solo(
                "a",
                Pools.requests(
                        Pools.rate(400, Duration.ofSeconds(1), Mode.BUCKET).withBurst(1)))));
        long before = scriptCalls();

        List<CompletableFuture<Lease>> futures = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            futures.add(keys.acquireAsync(ONE));
        }
        List<Lease> leases = new ArrayList<>();
        for (CompletableFuture<Lease> future : futures) {
            leases.add(future.get(20, TimeUnit.SECONDS));
        }

        List<Long> starts = leases.stream()
                .map(lease -> jedis.hget("keycoord:{test}:holders", lease.id()))
                .map(record -> Long.valueOf(record.replaceAll(".* start=(\\d+) .*", "$1")))
                .toList();
        assertThat(starts).isSorted();
        assertThat(scriptCalls() - before).as("calls for 300 leases").isLessThan(150);
        leases.forEach(lease -> lease.settle(Outcome.unused()));
    }

    @Test
    void whoWaitsForATenantsBudgetAsksOneAfterTheOther() throws Exception {
        KeyCoordinator keys = coordinator(headroom(solo("a", LimitConfig.NONE))
                .withTenants(TenantConfig.of(
                        "search",
                        requests(rate(20, Duration.ofSeconds(1), Mode.BUCKET).withBurst(1)))));
        LeaseRequest mine = ONE.withTenant("search");
        long before = scriptCalls();
        ExecutorService threads = Executors.newFixedThreadPool(6);
        List<Future<?>> waiting = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            Callable<Lease> blocking = () -> keys.acquire(mine);
            waiting.add(i % 2 == 0 ? threads.submit(blocking) : keys.acquireAsync(mine));
        }
        for (Future<?> one : waiting) {
            ((Lease) one.get(20, TimeUnit.SECONDS)).settle(Outcome.successWithoutUsage());
        }
        threads.shutdown();

        assertThat(scriptCalls() - before).as("calls for 12 leases").isLessThan(60);
    }

    @Test
    void whoWillNotWaitIsToldThatTheTenantsBudgetIsUsedUp() {
        KeyCoordinator keys = coordinator(headroom(solo("a", LimitConfig.NONE))
                .withTenants(TenantConfig.of("search", requests(rate(1, Duration.ofHours(1), Mode.BUCKET)))));
        LeaseRequest mine = ONE.withTenant("search").withMaxWait(Duration.ZERO);
        keys.acquire(mine).settle(Outcome.successWithoutUsage());

        assertThat(catchThrowableOfType(KeyUnavailableException.class, () -> keys.acquire(mine)))
                .hasMessageContaining("BUDGET");
    }

    @Test
    void futuresThatWaitForASlotQueueBehindOneAnother() throws Exception {
        KeyCoordinator keys = coordinator(headroom(solo("a", concurrency(1))));
        List<Integer> served = Collections.synchronizedList(new ArrayList<>());
        List<CompletableFuture<Lease>> asked = new ArrayList<>();
        List<CompletableFuture<Void>> futures = new ArrayList<>();
        Lease held = keys.acquire(ONE);
        for (int i = 0; i < 20; i++) {
            int number = i;
            asked.add(keys.acquireAsync(ONE));
            futures.add(asked.get(i).thenAccept(lease -> {
                served.add(number);
                lease.settle(Outcome.successWithoutUsage());
            }));
        }
        CompletableFuture<Lease> impatient = keys.acquireAsync(ONE.withMaxWait(Duration.ofMillis(50)));
        assertThat(catchThrowableOfType(
                                java.util.concurrent.ExecutionException.class,
                                () -> impatient.get(10, TimeUnit.SECONDS))
                        .getCause())
                .hasMessageContaining("CONCURRENCY");
        assertThat(asked.get(3).cancel(true)).isTrue();

        held.settle(Outcome.successWithoutUsage());

        for (int i = 0; i < 20; i++) {
            if (i != 3) {
                futures.get(i).get(20, TimeUnit.SECONDS);
            }
        }
        assertThat(served).isSorted().hasSize(19);
        await().untilAsserted(() ->
                assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight")).isEqualTo("0"));
    }

    @Test
    void closingEndsFuturesThatWait() {
        KeyCoordinator keys = coordinator(headroom(solo("a", concurrency(1))));
        Lease held = keys.acquire(ONE);
        CompletableFuture<Lease> waits = keys.acquireAsync(ONE);

        CompletableFuture<Void> closed = CompletableFuture.runAsync(keys::close);

        assertThat(waits)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withMessageContaining("CLOSED");
        held.settle(Outcome.successWithoutUsage());
        assertThat(closed).succeedsWithin(Duration.ofSeconds(20));
    }

    @Test
    void aFutureOfADeniedRequestFailsWithItsReason() {
        KeyCoordinator keys = coordinator(headroom(solo("a", LimitConfig.of("gpt*"))));

        CompletableFuture<Lease> future = keys.acquireAsync(ONE.withModel("other"));

        await().until(future::isDone);
        assertThat(catchThrowableOfType(
                                java.util.concurrent.ExecutionException.class, () -> future.get(1, TimeUnit.SECONDS))
                        .getCause())
                .isInstanceOf(KeyUnavailableException.class)
                .hasMessageContaining("MODEL_NOT_COVERED");
    }
}
