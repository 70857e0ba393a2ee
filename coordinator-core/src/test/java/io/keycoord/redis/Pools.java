package io.keycoord.redis;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.BreakerConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Counted;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.RateLimit.Refund;
import io.keycoord.config.Strategy;
import io.keycoord.config.UnhealthyPolicy;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Configurations of pools, for tests. */
final class Pools {
    private Pools() {}

    static PoolConfig pool(Strategy strategy, AccountConfig... accounts) {
        return pool(strategy, UnhealthyPolicy.DENY, BreakerConfig.STANDARD, List.of(accounts));
    }

    static PoolConfig pool(
            Strategy strategy, UnhealthyPolicy unhealthy, BreakerConfig breaker, List<AccountConfig> accounts) {
        return new PoolConfig(
                "test",
                "openai-compatible",
                URI.create("http://127.0.0.1:1/v1"),
                strategy,
                Duration.ofSeconds(30),
                breaker,
                unhealthy,
                Map.of(),
                accounts);
    }

    static PoolConfig headroom(AccountConfig... accounts) {
        return pool(Strategy.MOST_HEADROOM, accounts);
    }

    /** A key listed by itself. */
    static AccountConfig solo(String id, LimitConfig limits) {
        return new AccountConfig(id, true, List.of(limits), List.of(key(id)));
    }

    static AccountConfig account(String id, LimitConfig limits, String... keys) {
        return new AccountConfig(
                id, false, List.of(limits), Arrays.stream(keys).map(Pools::key).toList());
    }

    static AccountConfig account(String id, List<LimitConfig> limits, KeyConfig... keys) {
        return new AccountConfig(id, false, limits, List.of(keys));
    }

    static KeyConfig key(String id) {
        return new KeyConfig(id, "test:" + id, 1, LimitConfig.NONE);
    }

    static KeyConfig key(String id, int weight, LimitConfig overall) {
        return new KeyConfig(id, "test:" + id, weight, overall);
    }

    static Stream<PoolConfig> of(Stream<AccountConfig> accounts) {
        return Stream.of(pool(Strategy.MOST_HEADROOM, accounts.toArray(AccountConfig[]::new)));
    }

    static LimitConfig limits(RateLimit requests, RateLimit tokens, int concurrency) {
        return new LimitConfig("*", List.of(requests), List.of(tokens), OptionalInt.of(concurrency));
    }

    static LimitConfig requests(RateLimit requests) {
        return new LimitConfig("*", List.of(requests), List.of(), OptionalInt.empty());
    }

    static LimitConfig tokens(RateLimit tokens) {
        return new LimitConfig("*", List.of(), List.of(tokens), OptionalInt.empty());
    }

    static LimitConfig concurrency(int slots) {
        return new LimitConfig("*", List.of(), List.of(), OptionalInt.of(slots));
    }

    /** A bucket that holds {@code amount}, per minute, with no jitter. */
    static RateLimit perMinute(long amount) {
        return rate(amount, Duration.ofMinutes(1), Mode.BUCKET);
    }

    static RateLimit rate(long amount, Duration window, Mode mode) {
        return new RateLimit(amount, window, mode, amount, Duration.ZERO, Refund.SAFE, Counted.ADMISSION);
    }
}
