package io.keycoord.integration.faults;

import io.keycoord.ApiSecret;
import io.keycoord.LeaseRequest;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RedisDownPolicy;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.redis.RedisKeyCoordinatorBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The pool of these tests, as they and their worker JVMs agree on it.
 *
 * @param leaseTtlMs how long a lease lives
 * @param accounts how many, each with a key
 * @param slots how many calls at once, of each account
 * @param perSecond how many requests in any second, of each account; 0 for any number
 * @param policy what a worker does while Redis is away
 */
record FaultPool(int leaseTtlMs, int accounts, int slots, int perSecond, RedisDownPolicy policy) {
    static final String ID = "faults";

    /** So many tokens each account has for a day: enough for every test, and a record of what was charged. */
    static final long TOKENS = 10_000_000;

    static final LeaseRequest REQUEST = LeaseRequest.of(ID).withTokens(1, 1);

    static FaultPool of(int leaseTtlMs, int accounts, int slots) {
        return new FaultPool(leaseTtlMs, accounts, slots, 0, RedisDownPolicy.CLOSED);
    }

    FaultPool withPerSecond(int requests) {
        return new FaultPool(leaseTtlMs, accounts, slots, requests, policy);
    }

    FaultPool open() {
        return new FaultPool(leaseTtlMs, accounts, slots, perSecond, RedisDownPolicy.OPEN);
    }

    /** Without tokens for a day, which no worker could have a share of. */
    FaultPool shared() {
        return new FaultPool(leaseTtlMs, accounts, slots, perSecond, RedisDownPolicy.LOCAL_SHARE);
    }

    int allSlots() {
        return accounts * slots;
    }

    List<String> keys() {
        return IntStream.range(0, accounts).mapToObj(i -> "key-" + i).toList();
    }

    /** As one word. */
    String word() {
        return leaseTtlMs + "," + accounts + "," + slots + "," + perSecond + "," + policy;
    }

    static FaultPool parse(String word) {
        String[] parts = word.split(",", -1);
        return new FaultPool(
                Integer.parseInt(parts[0]),
                Integer.parseInt(parts[1]),
                Integer.parseInt(parts[2]),
                Integer.parseInt(parts[3]),
                RedisDownPolicy.valueOf(parts[4]));
    }

    private CoordinatorConfig config() {
        LimitConfig limits = LimitConfig.of("*").withConcurrency(slots);
        if (policy != RedisDownPolicy.LOCAL_SHARE) {
            limits = limits.withTokens(RateLimit.perDay(TOKENS).asBucket());
        }
        if (perSecond > 0) {
            limits = limits.withRequests(RateLimit.perSecond(perSecond));
        }
        LimitConfig each = limits;
        AccountConfig[] all = keys().stream()
                .map(id -> AccountConfig.of(KeyConfig.of(id, "test:" + id), each))
                .toArray(AccountConfig[]::new);
        return CoordinatorConfig.of(PoolConfig.of(ID, "openai-compatible", URI.create("http://127.0.0.1:1/v1"), all)
                .withLeaseTtl(Duration.ofMillis(leaseTtlMs))
                .withWhenRedisIsDown(policy));
    }

    RedisKeyCoordinatorBuilder worker() {
        return RedisKeyCoordinator.builder()
                .config(config())
                .secrets(reference -> Optional.of(ApiSecret.of("secret-of-" + reference)));
    }

    RedisKeyCoordinator worker(String url) {
        return worker().redis(url).build();
    }
}
