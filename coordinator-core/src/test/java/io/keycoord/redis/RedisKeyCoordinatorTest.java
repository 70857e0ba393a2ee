package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Reason;
import io.keycoord.CoordinatorInterruptedException;
import io.keycoord.Dimension;
import io.keycoord.KeyCoordinator;
import io.keycoord.KeyUnavailableException;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.ReportedLimit;
import io.keycoord.StoreUnavailableException;
import io.keycoord.Usage;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.Secrets;
import io.keycoord.config.TenantConfig;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.RedisClient;

/** {@link RedisKeyCoordinator} on a real Redis and the real clock. */
@ExtendWith(RedisExtension.class)
class RedisKeyCoordinatorTest {
    private static final LeaseRequest ONE = LeaseRequest.of("test").withTokens(1, 0);
    private static final String SECRET = "canary-0123456789-abcdefghij";

    private final List<AutoCloseable> open = new ArrayList<>();
    private URI uri;
    private RedisClient jedis;

    RedisKeyCoordinatorTest(TestRedis redis) {
        this.uri = redis.uri();
        this.jedis = RedisClient.create(uri);
    }

    @BeforeEach
    void clear(TestRedis redis) {
        redis.clear();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        jedis.close();
    }

    private RedisKeyCoordinator coordinator(PoolConfig pool) {
        return coordinator(pool, uri);
    }

    private RedisKeyCoordinator coordinator(PoolConfig pool, URI redis) {
        Map<String, String> secrets = new TreeMap<>();
        pool.accounts().forEach(a -> a.keys().forEach(k -> secrets.put(k.id(), SECRET + k.id())));
        secrets.remove("foreign");
        RedisKeyCoordinator keys = RedisKeyCoordinator.builder()
                .redis(redis.toString())
                .config(new CoordinatorConfig(List.of(pool)))
                .secrets(Secrets.of(secrets))
                .closeWait(Duration.ofMillis(100))
                .build();
        open.add(0, keys);
        return keys;
    }

    @Test
    void leasesAKeyAndSettlesIt() {
        KeyCoordinator keys = coordinator(headroom(solo("a", limits(perMinute(60), perMinute(1000), 2))));

        try (Lease lease = keys.acquire(ONE.withTokens(100, 400))) {
            assertThat(lease.keyId()).isEqualTo("a");
            assertThat(lease.secret().reveal()).isEqualTo(SECRET + "a");
            lease.settle(Outcome.success(Usage.tokens(100, 100)));
        }

        assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight")).isEqualTo("0");
        assertThat(Long.parseLong(jedis.hget("keycoord:{test}:key:a", "tokens_left")))
                .isBetween(800L, 1000L);
    }

    @Test
    void learnsFromWhatAnAnswerSaysOfTheAccountsLimits() {
        KeyCoordinator keys = coordinator(headroom(solo("a", limits(perMinute(60), perMinute(1000), 2))));
        ReportedLimit tokens = new ReportedLimit(Dimension.TOKENS, Duration.ofMinutes(1), OptionalLong.of(500), 7);

        keys.acquire(ONE)
                .settle(Outcome.successWithoutUsage()
                        .withReported(List.of(tokens))
                        .withSlowDown());

        Map<String, String> key = jedis.hgetAll("keycoord:{test}:key:a");
        assertThat(Long.parseLong(key.get("tokens_left"))).isBetween(7L, 999L);
        assertThat(key.get("pace")).contains("tokens:4:", "requests:4:");
    }

    @Test
    void aModelThatHasNoCapacityRestsForAllWorkersAndOthersGoOn() {
        PoolConfig pool = headroom(solo("a", requests(perMinute(60))), solo("b", requests(perMinute(60))));
        KeyCoordinator one = coordinator(pool);
        KeyCoordinator other = coordinator(pool);
        Outcome busy =
                Outcome.rateLimited(new Outcome.Block(Outcome.Scope.ENDPOINT, Duration.ofMinutes(1)), "capacity");

        one.acquire(ONE.withModel("busy")).settle(busy);

        Acquisition answer = other.tryAcquire(ONE.withModel("busy"));
        assertThat(answer).isInstanceOfSatisfying(Acquisition.Denied.class, denied -> {
            assertThat(denied.reason()).isEqualTo(Acquisition.Reason.ENDPOINT);
            assertThat(denied.retryAfter()).isBetween(Duration.ofSeconds(50), Duration.ofMinutes(1));
        });
        assertThat(other.tryAcquire(ONE.withModel("free"))).isInstanceOf(Acquisition.Granted.class);
    }

    @Test
    void closingALeaseWhoseSecretWasNotReadGivesEverythingBack() {
        KeyCoordinator keys = coordinator(headroom(solo("a", requests(perMinute(1)))));
        keys.acquire(ONE).close();

        try (Lease again = keys.tryAcquire(ONE).orElseThrow()) {
            assertThat(again.secret().hint()).isEqualTo("…hija");
        }
        assertThat(keys.tryAcquire(ONE))
                .as("the charge of a lease whose secret was read is kept")
                .isInstanceOf(Denied.class);
    }

    @Test
    void deniesWithReasonAndRetry() {
        KeyCoordinator keys = coordinator(headroom(solo("a", requests(perMinute(1)))));
        keys.tryAcquire(ONE).orElseThrow();

        Denied denied = (Denied) keys.tryAcquire(ONE);

        assertThat(denied.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(denied.retryAfter()).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60));
        KeyUnavailableException thrown = catchThrowableOfType(
                KeyUnavailableException.class, () -> keys.acquire(ONE.withMaxWait(Duration.ofSeconds(1))));
        assertThat(thrown.reason()).isEqualTo(Reason.RATE_LIMITED);
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
        assertThat(jedis.hget("keycoord:{test}:key:a", "in_flight")).isEqualTo("0");
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
    void groupsMayHaveOtherNumbersWhenThePoolsStateWasLost() {
        coordinator(headroom(solo("old", requests(perMinute(7)))));
        KeyCoordinator keys = coordinator(headroom(solo("a", limits(perMinute(60), perMinute(1000), 2))));
        assertThat(keys.tryAcquire(ONE)).isInstanceOf(Acquisition.Granted.class);

        jedis.flushAll();

        Denied empty = (Denied) keys.tryAcquire(ONE);
        assertThat(empty.reason())
                .as("a pool without its history has nothing left")
                .isEqualTo(Reason.RATE_LIMITED);
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
        assertThat(catchThrowableOfType(
                                KeyUnavailableException.class, () -> keys.acquire(mine.withMaxWait(Duration.ZERO)))
                        .getMessage())
                .contains("BUDGET");
    }

    private long scriptCalls() {
        Matcher calls = Pattern.compile("cmdstat_evalsha:calls=(\\d+)").matcher(jedis.info("commandstats"));
        return calls.find() ? Long.parseLong(calls.group(1)) : 0;
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

    @Test
    void refusesWhatCanNeverBeServed() {
        KeyCoordinator keys = coordinator(headroom(solo("a", limits(perMinute(60), perMinute(1000), 2))));

        assertThat(((Denied) keys.tryAcquire(ONE.withTokens(1001, 0))).reason()).isEqualTo(Reason.IMPOSSIBLE);
        assertThatExceptionOfType(KeyUnavailableException.class)
                .isThrownBy(() -> keys.acquire(ONE.withTokens(1001, 0)))
                .withMessageContaining("IMPOSSIBLE");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> keys.tryAcquire(LeaseRequest.of("nope")))
                .withMessage("pool is nope, expected one of [test]");
    }

    @Test
    void leavesKeysWithoutSecretToOthers() {
        KeyCoordinator keys =
                coordinator(headroom(account("a", LimitConfig.NONE, "foreign", "own"), solo("b", LimitConfig.NONE)));
        for (int i = 0; i < 20; i++) {
            assertThat(keys.tryAcquire(ONE).orElseThrow().keyId()).isIn("own", "b");
        }
    }

    @Test
    void goesOnAfterTheScriptsWereFlushed() {
        KeyCoordinator keys = coordinator(headroom(solo("a", LimitConfig.NONE)));
        for (int i = 0; i < 5; i++) {
            jedis.scriptFlush();
            keys.acquire(ONE).settle(Outcome.successWithoutUsage());
        }
    }

    @Test
    void beginsAgainWithEmptyLimitsWhenItsStateWasLost() {
        KeyCoordinator keys = coordinator(headroom(solo("a", requests(perMinute(60)))));
        keys.acquire(ONE).settle(Outcome.successWithoutUsage());
        jedis.flushDB();

        Denied denied = (Denied) keys.tryAcquire(ONE);

        assertThat(denied.reason()).isEqualTo(Reason.RATE_LIMITED);
        assertThat(denied.retryAfter()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(1));
    }

    @Test
    void renewsLeasesWhileTheyAreHeld() {
        PoolConfig pool = PoolConfig.of(
                        "test", "openai-compatible", URI.create("http://127.0.0.1:1"), solo("a", concurrency(1)))
                .withLeaseTtl(Duration.ofSeconds(1));
        KeyCoordinator keys = coordinator(pool);
        Lease lease = keys.acquire(ONE);
        long first = lease.expiresAt().toEpochMilli();

        await().atMost(Duration.ofSeconds(10)).until(() -> lease.expiresAt().toEpochMilli() > first + 1_500);

        assertThat(((Denied) keys.tryAcquire(ONE)).reason()).isEqualTo(Reason.CONCURRENCY);
        lease.settle(Outcome.successWithoutUsage());
        assertThat(lease.renew()).isFalse();
    }

    @Test
    void tellsThatRedisIsAwayAndSettlesWhenItIsBack() {
        EmbeddedRedis redis = EmbeddedRedis.builder().appendOnly().start();
        open.add(redis);
        KeyCoordinator keys = coordinator(headroom(solo("a", concurrency(1))), redis.uri());
        Lease lease = keys.acquire(ONE);
        redis.crash();

        assertThatExceptionOfType(StoreUnavailableException.class).isThrownBy(() -> keys.tryAcquire(ONE));
        lease.settle(Outcome.successWithoutUsage());
        redis.restart();

        await().ignoreExceptionsInstanceOf(StoreUnavailableException.class)
                .until(() -> keys.tryAcquire(ONE) instanceof Acquisition.Granted);
    }

    @Test
    void grantsNothingAnyMoreWhenClosed() {
        RedisKeyCoordinator keys = coordinator(headroom(solo("a", LimitConfig.NONE)));
        keys.close();
        keys.close();

        assertThat(((Denied) keys.tryAcquire(ONE)).reason()).isEqualTo(Reason.CLOSED);
    }

    @Test
    void neverLetsASecretReachRedis() {
        RedisKeyCoordinator keys = coordinator(headroom(account("a", LimitConfig.NONE, "k1", "k2")));
        Lease lease = keys.acquire(ONE);
        lease.secret();

        StringBuilder dump = new StringBuilder();
        for (String key : jedis.keys("*")) {
            dump.append(key).append(new String(jedis.dump(key), java.nio.charset.StandardCharsets.ISO_8859_1));
        }
        assertThat(dump.toString())
                .contains("in_flight")
                .doesNotContain("canary")
                .doesNotContain("abcdefghij");
        assertThat(lease.toString()).doesNotContain("canary");
        lease.close();
    }

    @Test
    void oneCommandForEachAcquireAndEachSettlement() {
        KeyCoordinator keys = coordinator(headroom(solo("a", limits(perMinute(60000), perMinute(1000000), 20))));
        keys.acquire(ONE).settle(Outcome.success(Usage.tokens(1, 0)));
        long before = scripts();
        for (int i = 0; i < 50; i++) {
            keys.acquire(ONE).settle(Outcome.success(Usage.tokens(1, 0)));
        }

        assertThat(scripts() - before).isEqualTo(100);
    }

    private long scripts() {
        return jedis.info("commandstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_evalsha:") || line.startsWith("cmdstat_eval:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^=]*calls=(\\d+),.*", "$1")))
                .sum();
    }
}
