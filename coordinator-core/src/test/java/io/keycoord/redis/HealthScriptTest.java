package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.LimitConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** {@code lua/lib/health.lua}: keys that stand out from their peers. */
class HealthScriptTest extends ScriptTest {
    private static final LimitConfig MANY = requests(perMinute(100_000));

    private Engine three() {
        return engine(headroom(solo("a", MANY), solo("b", MANY), solo("c", MANY)));
    }

    /** Calls of all three keys, alike in number. */
    private static void calls(Engine engine, int rounds, How ofA, long slowMs) {
        calls(engine, rounds, ofA, slowMs, 100);
    }

    private static void calls(Engine engine, int rounds, How ofA, long ofAMs, long ofOthersMs) {
        for (int i = 0; i < rounds; i++) {
            for (String others : new String[] {"b,c", "a,c", "a,b"}) {
                Answer lease = engine.acquire(Ask.tokens(0).withoutKeys(others));
                boolean isA = others.equals("b,c");
                engine.settle(lease, (isA ? ofA : How.success(0)).took(isA ? ofAMs : ofOthersMs));
            }
        }
    }

    /** Who is chosen for so many calls that are settled at once. */
    private static Map<String, Integer> chosen(Engine engine, int calls) {
        Map<String, Integer> chosen = new TreeMap<>();
        for (int i = 0; i < calls; i++) {
            Answer lease = engine.acquire(0);
            chosen.merge(lease.lease().key(), 1, Integer::sum);
            engine.settle(lease, How.success(0).took(100));
        }
        return chosen;
    }

    @Test
    void aKeyMuchSlowerThanItsPeersIsChosenLastForAWhileAndJudgedAnew() {
        Engine engine = three();
        calls(engine, 16, How.success(0), 5_000);
        assertThat(engine.hash("key:a")).doesNotContainKey("degraded_until_ms");

        calls(engine, 16, How.success(0), 5_000);

        assertThat(engine.hash("key:a"))
                .containsEntry("degraded_until_ms", "" + (engine.now / 1000 + 60_000))
                .containsEntry("state", "CLOSED");
        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 1).get(0).getFields())
                .containsEntry("subject", "a")
                .containsEntry("what", "DEGRADED")
                .containsEntry("why", "slow");
        assertThat(chosen(engine, 30)).doesNotContainKey("a");
        engine.advanceMs(60_000);
        assertThat(chosen(engine, 30)).containsKey("a");
    }

    @Test
    void itServesWhenNoOtherCan() {
        Engine engine = three();
        calls(engine, 32, How.success(0), 5_000);

        Answer only = engine.acquire(Ask.tokens(0).withoutKeys("b,c"));

        assertThat(only.lease().key()).isEqualTo("a");
    }

    @Test
    void aKeyThatFailsMoreOftenThanItsPeersIsChosenLast() {
        Engine engine = three();
        // The provider's failures, each of them about this key alone: the others succeed in between.
        calls(engine, 24, How.of("provider_failed").on(""), 100);

        assertThat(engine.hash("key:a").get("state")).isEqualTo("CLOSED");
        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 10))
                .anySatisfy(entry -> assertThat(entry.getFields())
                        .containsEntry("what", "DEGRADED")
                        .containsEntry("why", "failing"));
        assertThat(chosen(engine, 12)).doesNotContainKey("a");
    }

    @Test
    void peersThatAreAllAlikeStandOutInNothing() {
        Engine engine = three();
        calls(engine, 40, How.success(0), 100, 100);
        calls(engine, 40, How.success(0), 5_000, 5_000);
        for (String key : new String[] {"a", "b", "c"}) {
            assertThat(engine.hash("key:" + key)).doesNotContainKey("degraded_until_ms");
        }
    }

    @Test
    void ofAnAccountsKeysTheOneThatStandsOutIsChosenLast() {
        Engine engine = engine(headroom(account("x", MANY, "k1", "k2", "k3")));
        for (int i = 0; i < 40; i++) {
            for (String others : new String[] {"k2,k3", "k1,k3", "k1,k2"}) {
                Answer lease = engine.acquire(Ask.tokens(0).withoutKeys(others));
                engine.settle(lease, How.success(0).took(others.equals("k2,k3") ? 5_000 : 100));
            }
        }
        engine.settle(engine.acquire(0), How.success(0));
        assertThat(Long.parseLong(engine.hash("key:k1").get("degraded_until_ms")))
                .isPositive();
        assertThat(chosen(engine, 20)).doesNotContainKey("k1").hasSize(2);
        assertThat(engine.acquire(Ask.tokens(0).withoutKeys("k2,k3")).lease().key())
                .isEqualTo("k1");
    }
}
