package io.keycoord.integration.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.ApiSecret;
import io.keycoord.KeyCoordinator;
import io.keycoord.KeyRevival;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Outcome.Block;
import io.keycoord.Outcome.Failure;
import io.keycoord.Outcome.Scope;
import io.keycoord.SuspendedKey;
import io.keycoord.Usage;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.Durability;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.Strategy;
import io.keycoord.redis.PoolOperator;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.redis.Scripting;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** All that a worker ever asks of Redis, in a short life: it fails if any of it does not work. */
final class WorkerLife {
    static final String POOL = "deployed";
    private static final String PREFIX = "keycoord:{" + POOL + "}:";
    private static final LeaseRequest REQUEST =
            LeaseRequest.of(POOL).withModel("model").withTokens(10, 10);

    private final DeployedRedis redis;
    private final Scripting scripting;

    WorkerLife(DeployedRedis redis, Scripting scripting) {
        this.redis = redis;
        this.scripting = scripting;
    }

    void live() {
        try (RedisKeyCoordinator keys = coordinator(Strategy.MOST_HEADROOM, "a", "b", "c")) {
            rememberManyModels();
            success(keys);
            abandoned(keys);
            refusals(keys);
            revival(keys);
            olderCopy(keys);
        }
        try (KeyCoordinator keys = coordinator(Strategy.WEIGHTED, 1, "d")) {
            waiting(keys);
        }
        try (KeyCoordinator keys = coordinator(Strategy.WEIGHTED, "c", "d")) {
            success(keys);
            assertThat(redis.admin.exists(PREFIX + "account:a"))
                    .as("an account that is no longer configured")
                    .isFalse();
            otherLimits();
            success(keys);
        }
        copies();
        operations();
    }

    /** Who asks for copies of this server, which has no replica, gets nothing. */
    private void copies() {
        PoolConfig copied = pool(Strategy.WEIGHTED, 100, 10, "c", "d").withDurability(Durability.REPLICA);
        try (KeyCoordinator keys = coordinator(copied)) {
            assertThatThrownBy(() -> keys.tryAcquire(REQUEST)).hasMessageContaining("no replica");
        }
    }

    private PoolOperator operator() {
        return PoolOperator.connect(redis.url(DeployedRedis.WORKER), "ops", "keycoord", scripting);
    }

    /** An operator applies another configuration, which moves the accounts elsewhere. */
    private void otherLimits() {
        try (PoolOperator operator = operator()) {
            operator.apply(pool(Strategy.WEIGHTED, 99, 10, "c", "d"));
        }
    }

    /** What an operator changes, who comes as a worker. */
    private void operations() {
        try (PoolOperator operator = operator()) {
            assertThat(operator.drain(POOL, "d-1", "maintenance")).isPresent();
            assertThat(operator.reset(POOL, "d-1", "done")).isPresent();
        }
    }

    private static PoolConfig pool(Strategy strategy, long requests, int slots, String... accounts) {
        AccountConfig[] configs = Arrays.stream(accounts)
                .map(id -> AccountConfig.of(
                                id, KeyConfig.of(id + "-1", "test:" + id), KeyConfig.of(id + "-2", "test:" + id + "2"))
                        .withLimits(LimitConfig.of("*")
                                .withRequests(RateLimit.perMinute(requests))
                                .withTokens(RateLimit.perMinute(100_000))
                                .withConcurrency(slots)))
                .toArray(AccountConfig[]::new);
        return PoolConfig.of(POOL, "openai", URI.create("http://127.0.0.1:1/v1"), configs)
                .withStrategy(strategy);
    }

    private RedisKeyCoordinator coordinator(Strategy strategy, String... accounts) {
        return coordinator(strategy, 10, accounts);
    }

    private RedisKeyCoordinator coordinator(Strategy strategy, int slots, String... accounts) {
        return coordinator(pool(strategy, 100, slots, accounts));
    }

    private RedisKeyCoordinator coordinator(PoolConfig pool) {
        return RedisKeyCoordinator.builder()
                .redis(redis.url(DeployedRedis.WORKER))
                .config(CoordinatorConfig.of(pool))
                .scripting(scripting)
                // Only a life that ends early, for want of a permission, leaves leases that this is waited for.
                .closeWait(Duration.ofMillis(500))
                .secrets(reference -> Optional.of(ApiSecret.of("secret-of-" + reference)))
                .build();
    }

    /** The engine forgets a model at random when it knows too many. */
    private void rememberManyModels() {
        for (int i = 0; i < 300; i++) {
            redis.admin.hset(PREFIX + "endpoints", "model-" + i, "x 0");
        }
    }

    private static void success(KeyCoordinator keys) {
        try (Lease lease = keys.tryAcquire(REQUEST).orElseThrow()) {
            assertThat(lease.renew()).isTrue();
            lease.settle(Outcome.success(Usage.tokens(5, 5)));
        }
    }

    /** Its worker died: the lease expires, which is brought forward here, and the next one that asks cleans up. */
    private void abandoned(KeyCoordinator keys) {
        Lease lease = keys.tryAcquire(REQUEST).orElseThrow();
        redis.admin.zadd(PREFIX + "leases", 1, lease.id());
        success(keys);
        assertThat(redis.admin.hget(PREFIX + "meta", "reaped")).isEqualTo("1");
        // Here the worker lives, and would wait for it at its end.
        lease.close();
    }

    /** One waits for the slot of another, and is called when that is free. */
    private void waiting(KeyCoordinator keys) {
        Lease held = keys.tryAcquire(REQUEST).orElseThrow();
        CompletableFuture<Lease> waits = keys.acquireAsync(REQUEST.withMaxWait(Duration.ofSeconds(10)));
        await().atMost(Duration.ofSeconds(5))
                .until(() -> !redis.admin.pubsubChannels("keycoord:wake:*").isEmpty()
                        && "1".equals(redis.admin.hget(PREFIX + "meta", "waiting")));
        held.settle(Outcome.success(Usage.tokens(5, 5)));
        waits.orTimeout(10, TimeUnit.SECONDS).join().close();
    }

    private void refusals(KeyCoordinator keys) {
        Block minute = new Block(Scope.ACCOUNT, Duration.ofMinutes(1));
        keys.tryAcquire(REQUEST).orElseThrow().settle(Outcome.rateLimited(minute, "test"));
        keys.tryAcquire(REQUEST).orElseThrow().settle(Outcome.keyFailed(Failure.SUSPECT, "test"));
        keys.tryAcquire(REQUEST).orElseThrow().settle(Outcome.providerFailed("test"));
        assertThat(redis.admin.xlen(PREFIX + "log"))
                .as("transitions in the log")
                .isPositive();
    }

    private static void revival(RedisKeyCoordinator keys) {
        KeyRevival revival = keys.revival();
        assertThat(revival.suspended(POOL)).hasSize(3);
        for (SuspendedKey key : revival.suspended(POOL)) {
            if (revival.claim(POOL, key.id(), key.causes(), Duration.ofMinutes(1), Duration.ofHours(1))) {
                revival.revive(POOL, key.id(), key.causes(), "the provider takes it");
            }
        }
        assertThat(revival.suspended(POOL)).isEmpty();
    }

    /** Redis has lost what this worker has been told, which tells it what was charged meanwhile. */
    private void olderCopy(KeyCoordinator keys) {
        String before = redis.admin.hget(PREFIX + "meta", "seq");
        IntStream.range(0, 5).forEach(call -> success(keys));
        redis.admin.hset(PREFIX + "meta", "seq", before);
        success(keys);
        await().atMost(Duration.ofSeconds(5)).until(() -> redis.admin.hexists(PREFIX + "meta", "recovered_from"));
    }
}
