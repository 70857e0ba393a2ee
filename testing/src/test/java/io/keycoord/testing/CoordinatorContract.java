package io.keycoord.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Granted;
import io.keycoord.Acquisition.Reason;
import io.keycoord.KeyCoordinator;
import io.keycoord.KeyRevival;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Outcome.Block;
import io.keycoord.Outcome.Failure;
import io.keycoord.Outcome.Scope;
import io.keycoord.Priority;
import io.keycoord.Usage;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.Strategy;
import io.keycoord.redis.Candidate;
import io.keycoord.redis.PoolOperator;
import io.keycoord.redis.PoolSwitch;
import io.keycoord.redis.RedisKeyCoordinator;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a coordinator does, wherever its state is. */
interface CoordinatorContract {
    LeaseRequest ONE = LeaseRequest.of("pool").withModel("model").withTokens(1, 0);
    Duration LONG = Duration.ofSeconds(20);

    KeycoordExtension keycoord();

    static PoolConfig pool(AccountConfig... accounts) {
        return PoolConfig.of("pool", "openai-compatible", URI.create("http://127.0.0.1:1/v1"), accounts);
    }

    static AccountConfig solo(String id, LimitConfig limits) {
        return AccountConfig.of(KeyConfig.of(id, "test:" + id), limits);
    }

    static LimitConfig perMinute(long requests) {
        return LimitConfig.of("*").withRequests(bucket(requests));
    }

    static RateLimit bucket(long perMinute) {
        return RateLimit.perMinute(perMinute).withMode(RateLimit.Mode.BUCKET).withArrivalJitter(Duration.ZERO);
    }

    static LimitConfig slots(int calls) {
        return LimitConfig.of("*").withConcurrency(calls);
    }

    static Reason reason(Acquisition answer) {
        return ((Denied) answer).reason();
    }

    private static int grants(KeyCoordinator keys, int tries) {
        return (int) Stream.generate(() -> keys.tryAcquire(ONE))
                .limit(tries)
                .filter(Granted.class::isInstance)
                .map(answer -> ((Granted) answer).lease())
                .peek(lease -> lease.settle(Outcome.success(Usage.tokens(1, 0))))
                .count();
    }

    @Test
    default void whatIsLeasedIsChargedAndGivenBack() {
        KeyCoordinator keys = keycoord().coordinator(pool(solo("a", slots(1).withTokens(bucket(1_000)))));

        Lease lease = keys.acquire(ONE.withTokens(900, 100));
        assertThat(lease.keyId()).isEqualTo("a");
        assertThat(reason(keys.tryAcquire(ONE))).isEqualTo(Reason.CONCURRENCY);
        lease.settle(Outcome.success(Usage.tokens(90, 10)));

        assertThat(keys.tryAcquire(ONE.withTokens(800, 0))).isInstanceOf(Granted.class);
        assertThat(reason(keys.tryAcquire(ONE.withTokens(1_001, 0)))).isEqualTo(Reason.IMPOSSIBLE);
    }

    @Test
    default void workersShareOneLimit() {
        PoolConfig pool = pool(solo("a", perMinute(20)));
        RedisKeyCoordinator one = keycoord().coordinator(pool);
        RedisKeyCoordinator other = keycoord().coordinator(pool);

        assertThat(grants(one, 15) + grants(other, 15)).isBetween(20, 21);
        Denied denied = (Denied) one.tryAcquire(ONE);
        assertThat(denied.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(denied.retryAfter()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(3));
    }

    @Test
    default void threadsThatMeetShareCallsAndExceedNothing() throws Exception {
        RedisKeyCoordinator keys = keycoord().coordinator(pool(solo("a", slots(5)), solo("b", slots(5))));
        AtomicInteger granted = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(32);
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try {
            for (int i = 0; i < 32; i++) {
                threads.execute(() -> {
                    granted.addAndGet(keys.tryAcquire(ONE) instanceof Granted ? 1 : 0);
                    all.countDown();
                });
            }
            assertThat(all.await(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            threads.shutdownNow();
        }
        assertThat(granted).hasValue(10);
    }

    @Test
    default void whoWaitsForASlotIsCalledInTurn() {
        PoolConfig pool = pool(solo("a", slots(1)));
        RedisKeyCoordinator one = keycoord().coordinator(pool);
        RedisKeyCoordinator other = keycoord().coordinator(pool);
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        Lease held = one.tryAcquire(ONE).orElseThrow();

        CompletableFuture<Lease> first = waits(other, "first", order, 1);
        CompletableFuture<Lease> second = waits(one, "second", order, 2);
        assertThat(first).isNotDone();
        held.close();

        first.orTimeout(20, TimeUnit.SECONDS).join().close();
        second.orTimeout(20, TimeUnit.SECONDS).join().close();
        assertThat(order).containsExactly("first", "second");
    }

    private CompletableFuture<Lease> waits(RedisKeyCoordinator keys, String name, List<String> order, int waiting) {
        CompletableFuture<Lease> lease =
                keys.acquireAsync(ONE.withMaxWait(LONG)).whenComplete((done, failure) -> order.add(name));
        await().until(() -> keycoord().inspector().pool("pool").orElseThrow().waiting() == waiting);
        return lease;
    }

    @Test
    default void whoseTimeIsUpGetsTheReason() {
        RedisKeyCoordinator keys = keycoord().coordinator(pool(solo("a", slots(1))));
        keys.tryAcquire(ONE).orElseThrow();

        assertThatExceptionOfType(KeyUnavailableException.class)
                .isThrownBy(() -> keys.acquire(ONE.withMaxWait(Duration.ofMillis(50))))
                .satisfies(thrown -> assertThat(thrown.reason()).isEqualTo(Reason.CONCURRENCY));
    }

    @Test
    default void manyAreAnsweredInOneCall() {
        RedisKeyCoordinator keys = keycoord().coordinator(pool(solo("a", slots(2)), solo("b", slots(1))));

        List<Acquisition> answers = keys.tryAcquireAll(Collections.nCopies(5, ONE));

        assertThat(answers.subList(0, 3)).allMatch(Granted.class::isInstance);
        assertThat(answers.subList(3, 5)).allMatch(Denied.class::isInstance);
    }

    @Test
    default void refusedKeysLeaveServiceUntilAHealthCheckBringsThemBack() {
        RedisKeyCoordinator keys =
                keycoord().coordinator(pool(solo("a", slots(9)), solo("b", slots(9)), solo("c", slots(9))));
        LeaseRequest onlyA = ONE.withoutAccount("b").withoutAccount("c");
        keys.tryAcquire(onlyA).orElseThrow().settle(Outcome.keyFailed(Failure.DEAD, "http_401"));
        assertThat(keys.tryAcquire(onlyA)).isInstanceOf(Denied.class);

        KeyRevival revival = keys.revival();
        assertThat(revival.suspended("pool")).singleElement().satisfies(key -> {
            assertThat(key.id()).isEqualTo("a");
            assertThat(revival.claim("pool", "a", key.causes(), Duration.ofMinutes(1), Duration.ofHours(1)))
                    .isTrue();
            assertThat(revival.claim("pool", "a", key.causes(), Duration.ofMinutes(1), Duration.ofHours(1)))
                    .isFalse();
            assertThat(revival.revive("pool", "a", key.causes(), "works again")).isTrue();
        });

        assertThat(keys.tryAcquire(onlyA)).isInstanceOf(Granted.class);
        assertThat(revival.claim("pool", "a", Set.of("http_401"), Duration.ZERO, Duration.ZERO))
                .isFalse();
    }

    @Test
    default void aModelWithoutCapacityRestsForAllWorkers() {
        PoolConfig pool = pool(solo("a", slots(9)));
        RedisKeyCoordinator one = keycoord().coordinator(pool);
        RedisKeyCoordinator other = keycoord().coordinator(pool);

        one.acquire(ONE).settle(Outcome.rateLimited(new Block(Scope.ENDPOINT, Duration.ofMinutes(1)), "capacity"));

        assertThat(reason(other.tryAcquire(ONE))).isEqualTo(Reason.ENDPOINT);
        assertThat(other.tryAcquire(ONE.withModel("other"))).isInstanceOf(Granted.class);
    }

    @Test
    default void explanationsSayWhatKeepsAKeyFromServing() {
        RedisKeyCoordinator keys =
                keycoord().coordinator(pool(solo("a", slots(1)), solo("b", perMinute(1)), solo("c", slots(9))));
        keys.tryAcquire(ONE.withoutAccount("b").withoutAccount("c")).orElseThrow();
        keys.tryAcquire(ONE.withoutAccount("a").withoutAccount("c")).orElseThrow();

        List<Candidate> candidates = keys.explain(ONE);

        assertThat(candidates).extracting(Candidate::key).containsExactly("c", "b", "a");
        assertThat(candidates).extracting(Candidate::what).containsExactly("", "requests", "concurrency");
        assertThat(keycoord().inspector().explain(ONE)).hasSize(3);
    }

    @Test
    default void operatorsTakeKeysOutAndSwitchThePoolOff() {
        RedisKeyCoordinator keys = keycoord().coordinator(pool(solo("a", slots(9))));
        PoolOperator operator = keycoord().operator();

        assertThat(operator.drain("pool", "a", "maintenance")).isPresent();
        assertThat(keys.tryAcquire(ONE)).isInstanceOf(Denied.class);
        assertThat(operator.enable("pool", "a", "done")).isPresent();
        assertThat(keys.tryAcquire(ONE)).isInstanceOf(Granted.class);

        assertThat(operator.switchTo("pool", PoolSwitch.DENY, "incident")).isPresent();
        assertThat(reason(keys.tryAcquire(ONE))).isEqualTo(Reason.SWITCHED_OFF);
        assertThat(operator.switchTo("pool", PoolSwitch.NORMAL, "over")).isPresent();
        assertThat(keys.tryAcquire(ONE)).isInstanceOf(Granted.class);
    }

    @Test
    default void inspectorsSeePoolsKeysAndLeases() {
        RedisKeyCoordinator keys = keycoord().coordinator(pool(solo("a", slots(9)), solo("b", perMinute(9))));
        Lease lease = keys.tryAcquire(ONE.withoutAccount("b")).orElseThrow();

        assertThat(keycoord().inspector().pools()).containsExactly("pool");
        assertThat(keycoord().inspector().keys("pool")).hasSize(2);
        assertThat(keycoord().inspector().key("pool", "a")).hasValueSatisfying(key -> {
            assertThat(key.state()).isEqualTo("CLOSED");
            assertThat(key.inFlight()).isEqualTo(1);
        });
        assertThat(keycoord().inspector().leases("pool"))
                .singleElement()
                .satisfies(view -> assertThat(view.id()).isEqualTo(lease.id()));
    }

    @Test
    default void anotherConfigurationReplacesTheFirstAndKeepsWhatWasUsed() {
        RedisKeyCoordinator keys = keycoord().coordinator(pool(solo("a", perMinute(10)), solo("b", perMinute(10))));
        LeaseRequest onlyA = ONE.withoutAccount("b");
        for (int i = 0; i < 10; i++) {
            keys.tryAcquire(onlyA).orElseThrow().settle(Outcome.success(Usage.tokens(1, 0)));
        }
        Lease held = keys.tryAcquire(ONE).orElseThrow();

        PoolConfig after = pool(solo("a", perMinute(10).withConcurrency(3)), solo("c", perMinute(10)));
        keycoord().operator().apply(after);
        held.settle(Outcome.success(Usage.tokens(1, 0)));
        RedisKeyCoordinator others = keycoord().coordinator(after);

        assertThat(keycoord().inspector().keys("pool"))
                .extracting(key -> key.id())
                .containsExactlyInAnyOrder("a", "c");
        assertThat(reason(others.tryAcquire(ONE.withoutAccount("c")))).isEqualTo(Reason.RATE_LIMITED);
        assertThat(others.tryAcquire(ONE)).isInstanceOf(Granted.class);
        assertThat(keycoord().inspector().key("pool", "b")).isEmpty();
    }

    @Test
    default void lostStateBeginsEmpty() {
        RedisKeyCoordinator keys = keycoord().coordinator(pool(solo("a", perMinute(60))));
        Lease held = keys.acquire(ONE);
        keycoord().loseState();

        assertThat(reason(keys.tryAcquire(ONE))).isEqualTo(Reason.RATE_LIMITED);
        held.settle(Outcome.success(Usage.tokens(1, 0)));
        assertThat(keys.acquire(ONE.withMaxWait(LONG)).keyId()).isEqualTo("a");
    }

    @Test
    default void callsUnderWayKeepTheirSlotsWhenTheStateIsLost() {
        RedisKeyCoordinator keys = keycoord().coordinator(pool(solo("a", slots(2))));
        Lease one = keys.acquire(ONE);
        Lease two = keys.acquire(ONE);
        keycoord().loseState();

        assertThat(reason(keys.tryAcquire(ONE))).isEqualTo(Reason.CONCURRENCY);
        assertThat(keycoord().inspector().leases("pool")).hasSize(2);
        one.settle(Outcome.success(Usage.tokens(1, 0)));
        assertThat(keys.tryAcquire(ONE)).isInstanceOf(Granted.class);
        two.close();
        assertThat(keycoord().inspector().key("pool", "a").orElseThrow().inFlight())
                .isEqualTo(1);
    }

    @Test
    default void accountsWithSeveralKeysServeThemInTurn() {
        RedisKeyCoordinator keys = keycoord()
                .coordinator(pool(AccountConfig.of("a", KeyConfig.of("k1", "test:1"), KeyConfig.of("k2", "test:2"))
                                .withLimits(slots(10)))
                        .withStrategy(Strategy.ROUND_ROBIN));

        List<String> served = Stream.generate(
                        () -> keys.tryAcquire(ONE).orElseThrow().keyId())
                .limit(6)
                .toList();

        assertThat(Collections.frequency(served, "k1")).isEqualTo(3);
    }

    @Test
    default void lessImportantCallsLeaveSomeToOthers() {
        RedisKeyCoordinator keys = keycoord().coordinator(pool(solo("a", slots(10))));

        long batch = Stream.generate(() -> keys.tryAcquire(ONE.withPriority(Priority.BATCH)))
                .limit(10)
                .filter(Granted.class::isInstance)
                .count();

        assertThat(batch).isEqualTo(8);
        assertThat(keys.tryAcquire(ONE.withPriority(Priority.INTERACTIVE))).isInstanceOf(Granted.class);
    }
}
