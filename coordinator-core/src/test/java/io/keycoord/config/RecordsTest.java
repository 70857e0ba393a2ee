package io.keycoord.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Configurations made in code are held to the same ranges as documents. */
class RecordsTest {
    private static final BreakerConfig BREAKER = BreakerConfig.STANDARD;

    @Test
    void breakersAreChecked() {
        refused(
                () -> BREAKER.withErrors(0, Duration.ofMinutes(1)),
                "errors is 0, expected a whole number from 1 to 1000");
        refused(
                () -> BREAKER.withErrors(3, Duration.ofMillis(999)),
                "window is 999ms, expected a duration from 1s to 1h");
        refused(() -> BREAKER.withCoolDown(Duration.ofMillis(99), Duration.ofDays(1)), "coolDown is 99ms");
        refused(
                () -> BREAKER.withCoolDown(Duration.ofMinutes(2), Duration.ofMinutes(1)),
                "maxCoolDown is 1m, expected");
        refused(() -> BREAKER.withErrorRate(0.0001, 10), "errorRate is 1.0E-4, expected");
        refused(() -> BREAKER.withErrorRate(Double.NaN, 10), "errorRate is NaN, expected");
        refused(() -> BREAKER.withErrorRate(0.5, 0), "minCalls is 0");
        refused(() -> BREAKER.withConsecutive(1_001), "consecutive is 1001");
        assertThat(BREAKER.withConsecutive(1).withErrorRate(1, 1).errorRate()).hasValue(1);
    }

    @Test
    void poolsAreChecked() {
        PoolConfig pool = Configs.pool("p", Configs.key("a"));
        refused(() -> Configs.pool("p"), "accounts of pool p are 0, expected 1 to 100000");
        refused(() -> Configs.pool("p q", Configs.key("a")), "id is \"p q\", expected an id");
        refused(() -> Configs.pool("p", Configs.key("a"), Configs.key("a")), "accounts of pool p has a twice");
        AccountConfig other = AccountConfig.of("b", KeyConfig.of("a", "test:a"));
        refused(() -> Configs.pool("p", Configs.key("a"), other), "keys of pool p has a twice");
        refused(
                () -> pool.withLeaseTtl(Duration.ofMillis(999)),
                "leaseTtl is 999ms, expected a duration from 1s to 1h");
        refused(() -> pool.withHeaders(Map.of("Host", "x")), "header \"Host\" cannot be set here");
        refused(() -> pool.withHeaders(Map.of("X-A", "ä")), "header \"X-A\" has a value of 1 characters (not shown)");
        refused(
                () -> PoolConfig.of("p", "openai", URI.create("http://api.example"), Configs.key("a")),
                "baseUrl is \"http://api.example\", expected https");
    }

    @Test
    void singleKeysOfSharedAccountsAreReservedInSmallNumbersOnly() {
        KeyConfig[] keys = IntStream.range(0, 202)
                .mapToObj(
                        i -> KeyConfig.of("k" + i, "test:k").withTenants(i > 200 ? new String[0] : new String[] {"t"}))
                .toArray(KeyConfig[]::new);
        PoolConfig pool = PoolConfig.of("p", "openrouter", URI.create("https://a.example"), AccountConfig.of("a", keys))
                .withTenants(TenantConfig.of("t", LimitConfig.NONE));
        refused(
                () -> CoordinatorConfig.of(pool),
                "pool p reserves 201 single keys of shared accounts, expected at most 200");

        AccountConfig alike = AccountConfig.of("a", Arrays.copyOf(keys, 201));
        assertThat(alike.reservedFor()).containsExactly("t");
        CoordinatorConfig.of(pool.withAccounts(List.of(alike)));
    }

    @Test
    void accountsAreChecked() {
        KeyConfig key = KeyConfig.of("k", "test:k");
        refused(() -> AccountConfig.of("a"), "keys of account a are 0, expected 1 to 10000");
        refused(
                () -> new AccountConfig("a", true, List.of(), LimitConfig.NONE, Set.of(), List.of(key)),
                "keys of the implicit account a are [k]");
        LimitConfig[] limits = Stream.generate(() -> LimitConfig.NONE).limit(17).toArray(LimitConfig[]::new);
        refused(() -> AccountConfig.of(key, limits), "limits of account k are 17, expected 0 to 16");
    }

    @Test
    void keysAndLimitsAreChecked() {
        KeyConfig key = KeyConfig.of("k", "test:k");
        refused(() -> key.withWeight(0), "weight is 0, expected a whole number from 1 to 100");
        refused(() -> key.withWeight(101), "weight is 101");
        refused(
                () -> LimitConfig.NONE.withConcurrency(0),
                "concurrency is 0, expected a whole number from 1 to 1000000");
        refused(() -> CoordinatorConfig.of(), "pools are 0");
        PoolConfig pool = Configs.pool("p", Configs.key("a"));
        refused(() -> CoordinatorConfig.of(pool, pool), "the configuration has p twice");
    }

    private static void refused(ThrowingCallable call, String message) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith(message);
    }
}
