package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.config.LimitConfig;
import io.keycoord.config.TenantConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A field that somebody has damaged by hand harms nobody but its account. */
class DamagedStateTest extends ScriptTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"in_flight", "max_in_flight", "blocked_until_ms", "requests_tat", "tokens_tat", "tokens_back"})
    void anAccountWithADamagedFieldIsSetAsideAndTheOthersGoOn(String field) {
        Engine engine = twoAccounts();
        jedis.hset(engine.prefix + "key:a", field, "abc");

        for (int i = 0; i < 4; i++) {
            Answer answer = engine.acquire(10);
            assertThat(answer.granted()).isTrue();
            assertThat(answer.key()).isEqualTo("b");
        }
        assertThat(engine.hash("key:a"))
                .containsEntry("index", "parked")
                .containsEntry("wait_for", "damaged")
                .containsEntry(field, "abc");
        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 1).get(0).getFields())
                .containsEntry("what", "SET_ASIDE")
                .containsEntry("subject", "key:a")
                .containsEntry("why", "DAMAGED key:a " + field + " is abc, expected a number");
    }

    @Test
    void aDamagedBudgetHoldsUpItsTenantAloneAndNoSlotOfTheAccount() {
        Engine engine = engine(headroom(solo("a", concurrency(2)))
                .withTenants(TenantConfig.of("search", concurrency(5)), TenantConfig.of("chat", concurrency(5))));
        Answer settled = engine.acquire(Ask.tokens(0).tenant("search"));
        engine.acquire(Ask.tokens(0).tenant("search"));
        jedis.hset(engine.prefix + "tenant:search", "in_flight", "abc");

        engine.settle(settled, How.success(0));
        assertThat(engine.hash("key:a")).containsEntry("in_flight", "1");
        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 1).get(0).getFields())
                .containsEntry("what", "LEFT_ALONE")
                .containsEntry("why", "DAMAGED tenant:search in_flight is abc, expected a number");
        assertThatThrownBy(() -> engine.acquire(Ask.tokens(0).tenant("search")))
                .hasMessageContaining("DAMAGED tenant:search in_flight is abc");

        engine.advanceMs(30_001);
        assertThat(engine.acquire(Ask.tokens(0).tenant("chat")).granted()).isTrue();
        assertThat(engine.hash("key:a")).as("the dead worker's slot is back").containsEntry("in_flight", "1");
        assertThat(engine.hash("tenant:search")).containsEntry("in_flight", "abc");
    }

    @Test
    void whatAnAccountHasOverallMayBeDamagedWithoutHoldingUpASettlement() {
        Engine engine = engine(headroom(
                account("a", List.of(LimitConfig.of("x*"), LimitConfig.of("*")), key("k"))
                        .withOverall(concurrency(5)),
                solo("b", LimitConfig.NONE)));
        Answer lease = engine.acquire(Ask.tokens(0).model("x").withoutKeys("b"));
        jedis.hset(engine.prefix + "account:a/overall", "in_flight", "abc");

        engine.settle(lease, How.success(0));

        assertThat(engine.hash("account:a/1")).containsEntry("in_flight", "0");
        assertThat(engine.acquire(Ask.tokens(0).model("x").withoutKeys("b")).granted())
                .isFalse();
        assertThat(engine.hash("account:a/1")).containsEntry("wait_for", "damaged");
        assertThat(engine.acquire(Ask.tokens(0).model("x")).key()).isEqualTo("b");
    }

    @Test
    void aRepairedAccountComesBackWithinAMinute() {
        Engine engine = twoAccounts();
        jedis.hset(engine.prefix + "key:a", "in_flight", "x");
        engine.acquire(10);
        jedis.hset(engine.prefix + "key:a", "in_flight", "0");

        assertThat(engine.acquire(10).key()).isEqualTo("b");
        engine.advanceMs(60_000);

        assertThat(IntStream.range(0, 2).mapToObj(i -> engine.acquire(10).key()))
                .contains("a");
    }

    @Test
    void aSettlementOnADamagedFieldNamesItAndWritesNothing() {
        Engine engine = twoAccounts();
        Answer lease = engine.acquire(10);
        jedis.hset(engine.prefix + "key:" + lease.key(), "tokens_tat", "1e");
        Map<String, String> before = dump();

        assertThatThrownBy(() -> engine.settle(lease, How.success(5)))
                .hasMessageContaining("DAMAGED key:" + lease.key() + " tokens_tat is 1e, expected a number");

        assertThat(dump()).isEqualTo(before);
    }

    @Test
    void aSettlementThatWouldReadADamagedHistoryWritesNothing() {
        Engine engine = twoAccounts();
        Answer lease = engine.acquire(10);
        jedis.hset(engine.prefix + "key:" + lease.key(), "trips", "many");
        Map<String, String> before = dump();

        assertThatThrownBy(() -> engine.settle(lease, How.of("key_failed")))
                .hasMessageContaining("trips is many, expected a number");

        assertThat(dump()).isEqualTo(before);
    }

    @Test
    void aSettlementPassesWholeWhenAnotherClassOfItsAccountIsDamaged() {
        Engine engine = engine(headroom(
                account("c", List.of(LimitConfig.of("x*"), LimitConfig.of("y*")), Pools.key("k1", 1, concurrency(1)))));
        Answer lease = engine.acquire("1", Engine.Ask.tokens(0).model("x"));
        jedis.hset(engine.prefix + "account:c/2", "in_flight", "x");

        assertThat(engine.settle(lease, How.success(0)).status()).isEqualTo("SETTLED");

        assertThat(engine.hash("account:c/1")).containsEntry("in_flight", "0");
        assertThat(engine.hash("account:c/2")).containsEntry("wait_for", "damaged");
        assertThat(engine.acquire("2", Engine.Ask.tokens(0).model("x")).granted())
                .isTrue();
    }

    @Test
    void anExpiredLeaseOfADamagedAccountEndsAllTheSame() {
        Engine engine = twoAccounts();
        Answer lease = engine.acquire(10);
        jedis.hset(engine.prefix + "key:" + lease.key(), "in_flight", "one");
        engine.advanceMs(60_000);

        assertThat(engine.acquire(10).granted()).isTrue();
        assertThat(jedis.zscore(engine.prefix + "leases", lease.id())).isNull();
    }

    @Test
    void ofAnAccountWithSeveralKeysADamagedKeySetsTheAccountAside() {
        Engine engine =
                engine(headroom(account("a", concurrency(9), "a1", "a2"), account("b", concurrency(9), "b1", "b2")));
        jedis.hset(engine.prefix + "key:a1", "blocked_until_ms", "soon");
        jedis.hset(engine.prefix + "key:a2", "blocked_until_ms", "soon");

        assertThat(IntStream.range(0, 3).mapToObj(i -> engine.acquire(0).key())).allMatch(key -> key.startsWith("b"));
    }

    @Test
    void aDamagedParkedAccountDoesNotHoldUpTheOthers() {
        Engine engine = twoAccounts();
        Answer lease = engine.acquire(10);
        engine.settle(lease, How.of("rate_limited").block("key", 1_000));
        jedis.hset(engine.prefix + "key:" + lease.key(), "requests_tat", "never");
        engine.advanceMs(2_000);

        assertThat(engine.acquire(10).granted()).isTrue();
        assertThat(engine.hash("key:" + lease.key())).containsEntry("wait_for", "damaged");
    }

    private Engine twoAccounts() {
        return engine(headroom(
                solo("a", limits(perMinute(600), perMinute(100_000), 5)),
                solo("b", limits(perMinute(600), perMinute(100_000), 5))));
    }

    private Map<String, String> dump() {
        Map<String, String> all = new TreeMap<>();
        for (String name : jedis.keys("*")) {
            all.put(name, new String(jedis.dump(name), StandardCharsets.ISO_8859_1));
        }
        return all;
    }
}
