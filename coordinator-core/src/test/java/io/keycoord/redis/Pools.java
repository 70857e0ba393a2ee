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
import java.util.stream.Stream;

/** Configurations of pools, for tests. */
final class Pools {
    private Pools() {}

    static PoolConfig pool(Strategy strategy, AccountConfig... accounts) {
        return pool(strategy, UnhealthyPolicy.DENY, BreakerConfig.STANDARD, List.of(accounts));
    }

    static PoolConfig pool(
            Strategy strategy, UnhealthyPolicy unhealthy, BreakerConfig breaker, List<AccountConfig> accounts) {
        return PoolConfig.of(
                        "test",
                        "openai-compatible",
                        URI.create("http://127.0.0.1:1/v1"),
                        accounts.toArray(AccountConfig[]::new))
                .withStrategy(strategy)
                .withLeaseTtl(Duration.ofSeconds(30))
                .withBreaker(breaker)
                .withWhenAllUnhealthy(unhealthy);
    }

    static PoolConfig headroom(AccountConfig... accounts) {
        return pool(Strategy.MOST_HEADROOM, accounts);
    }

    /** A key listed by itself. */
    static AccountConfig solo(String id, LimitConfig limits) {
        return AccountConfig.of(key(id), limits);
    }

    static AccountConfig account(String id, LimitConfig limits, String... keys) {
        return account(id, List.of(limits), Arrays.stream(keys).map(Pools::key).toArray(KeyConfig[]::new));
    }

    static AccountConfig account(String id, List<LimitConfig> limits, KeyConfig... keys) {
        return AccountConfig.of(id, keys).withLimits(limits.toArray(LimitConfig[]::new));
    }

    static KeyConfig key(String id) {
        return KeyConfig.of(id, "test:" + id);
    }

    static KeyConfig key(String id, int weight, LimitConfig overall) {
        return key(id).withWeight(weight).withOverall(overall);
    }

    static Stream<PoolConfig> of(Stream<AccountConfig> accounts) {
        return Stream.of(pool(Strategy.MOST_HEADROOM, accounts.toArray(AccountConfig[]::new)));
    }

    static LimitConfig limits(RateLimit requests, RateLimit tokens, int concurrency) {
        return requests(requests).withTokens(tokens).withConcurrency(concurrency);
    }

    static LimitConfig requests(RateLimit requests) {
        return LimitConfig.of("*").withRequests(requests);
    }

    static LimitConfig tokens(RateLimit tokens) {
        return LimitConfig.of("*").withTokens(tokens);
    }

    static LimitConfig concurrency(int slots) {
        return LimitConfig.of("*").withConcurrency(slots);
    }

    /** A bucket that holds {@code amount}, per minute, with no jitter. */
    static RateLimit perMinute(long amount) {
        return rate(amount, Duration.ofMinutes(1), Mode.BUCKET);
    }

    static RateLimit rate(long amount, Duration window, Mode mode) {
        return new RateLimit(amount, window, mode, amount, Duration.ZERO, Refund.SAFE, Counted.ADMISSION);
    }
}
