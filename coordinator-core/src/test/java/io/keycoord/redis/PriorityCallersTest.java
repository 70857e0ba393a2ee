package io.keycoord.redis;

import static io.keycoord.Priority.BATCH;
import static io.keycoord.Priority.INTERACTIVE;
import static io.keycoord.Priority.NORMAL;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition;
import io.keycoord.KeyCoordinator;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Priority;
import io.keycoord.config.HeadroomConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.embedded.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Callers of different importance, on a real Redis and the real clock. */
class PriorityCallersTest extends CoordinatorTest {
    private static final LeaseRequest PATIENT = ONE.withMaxWait(Duration.ofSeconds(20));

    PriorityCallersTest(TestRedis redis) {
        super(redis);
    }

    private long waiting() {
        return jedis.zcard("keycoord:{test}:waiting") - 1;
    }

    @Test
    void ofThoseWhoWaitForASlotTheMostImportantIsServedFirst() throws Exception {
        KeyCoordinator keys = coordinator(
                headroom(solo("a", concurrency(1))).withHeadroom(new HeadroomConfig(0, 20, Duration.ofHours(1))));
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Priority> served = Collections.synchronizedList(new ArrayList<>());
        List<Future<?>> callers = new ArrayList<>();
        Lease held = keys.acquire(ONE);
        for (Priority priority : List.of(BATCH, NORMAL, INTERACTIVE)) {
            callers.add(threads.submit(() -> {
                Lease lease = keys.acquire(PATIENT.withPriority(priority));
                served.add(priority);
                lease.settle(Outcome.successWithoutUsage());
            }));
            int known = callers.size();
            await().until(() -> waiting() == known);
        }

        held.settle(Outcome.successWithoutUsage());

        for (Future<?> caller : callers) {
            caller.get(20, TimeUnit.SECONDS);
        }
        threads.shutdown();
        assertThat(served).containsExactly(INTERACTIVE, NORMAL, BATCH);
    }

    /** So each of them is denied once or twice; if all asked by themselves, each would be for each that comes before it. */
    @Test
    void batchCallersAskOneAfterTheOther() throws Exception {
        RateLimit limit = rate(20, Duration.ofSeconds(1), Mode.BUCKET).withBurst(5);
        KeyCoordinator keys = opened(builder(headroom(solo("a", requests(limit))), uri)
                .combining(false)
                .build());
        LeaseRequest batch = PATIENT.withPriority(BATCH);
        long before = scriptCalls();
        ExecutorService threads = Executors.newFixedThreadPool(40);
        List<Future<Lease>> callers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            callers.add(threads.submit(() -> keys.acquire(batch)));
        }
        for (Future<Lease> caller : callers) {
            caller.get(20, TimeUnit.SECONDS).settle(Outcome.successWithoutUsage());
        }
        threads.shutdown();

        assertThat(scriptCalls() - before)
                .as("calls for 40 leases and their ends")
                .isLessThan(240);
    }

    @Test
    void interactiveCallsFindWhatBatchCallsHaveLeft() throws Exception {
        RateLimit limit = rate(500, Duration.ofSeconds(1), Mode.BUCKET).withBurst(100);
        KeyCoordinator keys = coordinator(headroom(solo("a", requests(limit))));
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<Integer>> batches = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            batches.add(threads.submit(() -> {
                int calls = 0;
                for (; !over.get(); calls++) {
                    keys.acquire(PATIENT.withPriority(BATCH)).settle(Outcome.successWithoutUsage());
                }
                return calls;
            }));
        }
        await().until(() -> keys.tryAcquire(ONE.withPriority(BATCH)) instanceof Acquisition.Denied);

        for (int i = 0; i < 20; i++) {
            assertThat(keys.tryAcquire(ONE.withPriority(INTERACTIVE)))
                    .as("call %d", i)
                    .isInstanceOf(Acquisition.Granted.class);
        }

        over.set(true);
        for (Future<Integer> batch : batches) {
            assertThat(batch.get(20, TimeUnit.SECONDS)).isPositive();
        }
        threads.shutdown();
    }
}
