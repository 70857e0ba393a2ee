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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @Test
    void aKeyThatStandsOutIsWaitedForWhenItIsTheFirstToBeBack() {
        Engine engine = engine(headroom(account("a", MANY, "k1", "k2")));
        Answer one = engine.acquire(Ask.tokens(0).withoutKeys("k2"));
        Answer two = engine.acquire(Ask.tokens(0).withoutKeys("k1"));
        jedis.hset(engine.prefix + "key:k1", "degraded_until_ms", "" + (engine.now / 1000 + 400));
        engine.settle(one, How.of("rate_limited").block("key", 500));
        engine.settle(two, How.of("rate_limited").block("key", 60_000));

        Answer denied = engine.acquire(0);
        assertThat(denied.reason()).isEqualTo("BLOCKED");
        assertThat(denied.hintUs()).isEqualTo(500_000);
    }

    /** One key, of which the next call is a sample, and the figures that it has and that a good key has. */
    private Engine judged(long p95Ms, long faults, long samples, long goodP95Ms) {
        Engine engine = engine(headroom(solo("a", MANY)));
        jedis.hset(
                engine.prefix + "key:a",
                Map.of(
                        "calls_ok",
                        "0",
                        "calls_failed",
                        "0",
                        "p95_ms",
                        "" + p95Ms,
                        "faults",
                        "" + faults,
                        "samples",
                        "" + samples));
        jedis.hset(engine.prefix + "meta", Map.of("good_p95_ms", "" + goodP95Ms, "good_faults", "0"));
        return engine;
    }

    /** A sample that leaves the latency as it is. A good key's is moved by a sixteenth towards it before it is compared. */
    private static boolean standsOut(Engine engine, long latencyMs) {
        engine.settle(engine.acquire(0), How.success(0).took(latencyMs));
        return engine.hash("key:a").containsKey("degraded_until_ms");
    }

    @ParameterizedTest
    @CsvSource({
        // three times a good key's 1,062 ms
        "3186, 0, 9, 1000, false",
        "3187, 0, 9, 1000, true",
        // half a second above a good key's 106 ms
        "606, 0, 9, 100, false",
        "607, 0, 9, 100, true",
        // five samples with this one
        "9000, 0, 3, 1000, false",
        "9000, 0, 4, 1000, true",
        // 203 and 204 permille after this success, against 200 and three times a good key's 1
        "100, 233, 9, 100, false",
        "100, 234, 9, 100, true"
    })
    void aKeyStandsOutBeyondTheseBounds(long p95Ms, long faults, long samples, long goodP95Ms, boolean standsOut) {
        assertThat(standsOut(judged(p95Ms, faults, samples, goodP95Ms), p95Ms)).isEqualTo(standsOut);
    }

    @Test
    void itsFiguresBeginAnewWhenItStandsOut() {
        Engine engine = judged(9_000, 500, 9, 1_000);

        assertThat(standsOut(engine, 9_000)).isTrue();

        assertThat(engine.hash("key:a"))
                .containsEntry("p95_ms", "")
                .containsEntry("faults", "0")
                .containsEntry("samples", "0");
    }

    @Test
    void whatStandsOutIsNotJudgedAgainBeforeItsTimeIsOver() {
        Engine engine = judged(9_000, 0, 9, 1_000);
        jedis.hset(engine.prefix + "key:a", "degraded_until_ms", "" + (engine.now / 1000 + 1));
        standsOut(engine, 9_000);
        assertThat(engine.hash("key:a")).containsEntry("samples", "10");

        Engine over = judged(9_000, 0, 9, 1_000);
        jedis.hset(over.prefix + "key:a", Map.of("degraded_until_ms", "" + over.now / 1000));
        standsOut(over, 9_000);
        assertThat(over.hash("key:a")).containsEntry("samples", "0");
    }

    @Test
    void figuresMoveInSteps() {
        Engine engine = judged(1_280, 80, 1_000, 640);
        engine.settle(engine.acquire(0), How.success(0).took(5_000));
        assertThat(engine.hash("key:a"))
                .as("up by nineteen 128ths; an eighth fewer failures; no more than a thousand samples")
                .containsEntry("p95_ms", "1470")
                .containsEntry("faults", "70")
                .containsEntry("samples", "1000");
        assertThat(engine.hash("meta"))
                .as("up by a sixteenth; by one where a sixteenth is less")
                .containsEntry("good_p95_ms", "680")
                .containsEntry("good_faults", "1");

        Engine faster = judged(1_280, 0, 9, 6_400);
        faster.settle(faster.acquire(0), How.success(0).took(1));
        assertThat(faster.hash("key:a")).as("down by a 128th").containsEntry("p95_ms", "1270");
        assertThat(faster.hash("meta")).as("down by three sixteenths").containsEntry("good_p95_ms", "5200");

        Engine little = judged(1_270, 1, 2, 640);
        little.settle(little.acquire(0), How.of("provider_failed"));
        assertThat(little.hash("key:a")).as("an eighth of 999 more").containsEntry("faults", "125");
        jedis.hset(little.prefix + "key:a", "calls_ok", "0");
        little.settle(little.acquire(0), How.success(0).took(1));
        assertThat(little.hash("key:a")).as("by nine, not ten").containsEntry("p95_ms", "1261");

        Engine failing = judged(1_280, 200, 2, 640);
        failing.settle(failing.acquire(0), How.of("provider_failed"));
        assertThat(failing.hash("key:a"))
                .as("a failure says nothing of the latency")
                .containsEntry("p95_ms", "1280")
                .containsEntry("faults", "300")
                .containsEntry("samples", "3");
    }
}
