package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import ch.qos.logback.classic.Level;
import io.keycoord.ApiSecret;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Outcome.Failure;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A provider that refuses most keys at once: nobody is disabled for that, in {@code lua/lib/breaker.lua}. */
class MassRefusalScriptTest extends ScriptTest {
    private static final How SUSPECT = How.of("key_failed").failure("suspect");
    private static final How DEAD = How.of("key_failed").failure("dead");
    private static final String ALL = "abcde";

    // Each test begins with a pool of its own.
    @SuppressWarnings("NullAway.Init")
    private Engine engine;

    @Test
    void keysThatAreRefusedTogetherAreProbedAndNeverDisabled() {
        engine = engine(keys(ALL));
        settle("a", SUSPECT);
        settle("b", SUSPECT);
        settle("c", SUSPECT);
        engine.advanceMs(60_000);

        assertThat(settle("a", DEAD)).isEqualTo("OPENED");
        engine.advanceMs(12_000);
        assertThat(settle("b", DEAD)).isEqualTo("OPENED");
        engine.advanceMs(120_000);
        assertThat(settle("c", DEAD)).isEqualTo("OPENED");

        assertThat(engine.hash("key:b")).containsEntry("state", "OPEN").containsEntry("trips", "2");
        assertThat(settle("a", How.success(0))).isEqualTo("CLOSED");
    }

    @Test
    void halfOfTheKeysAreNotMost() {
        engine = engine(keys("abcd"));
        settle("a", SUSPECT);
        settle("b", SUSPECT);
        engine.advanceMs(60_000);

        assertThat(settle("a", DEAD)).isEqualTo("DISABLED");
        assertThat(settle("b", DEAD)).isEqualTo("DISABLED");
    }

    @Test
    void aLoneKeyIsDisabled() {
        engine = engine(keys("a"));
        settle("a", SUSPECT);
        engine.advanceMs(60_000);

        assertThat(settle("a", DEAD)).isEqualTo("DISABLED");
    }

    @Test
    void keysThatDieOneByOneAreDisabled() {
        engine = engine(keys(ALL));
        for (String key : List.of("a", "b", "c", "d", "e")) {
            settle(key, SUSPECT);
            engine.advanceMs(60_001);
            assertThat(settle(key, DEAD)).as(key).isEqualTo("DISABLED");
        }
    }

    @Test
    void theRefusalThatMakesThemMostIsTold() {
        engine = engine(keys(ALL));

        assertThat(settle("a", SUSPECT)).isEqualTo("OPENED");
        assertThat(settle("b", SUSPECT)).isEqualTo("OPENED");
        assertThat(settle("c", SUSPECT)).isEqualTo("MOST_REFUSED");
        assertThat(settle("d", SUSPECT)).isEqualTo("OPENED");

        assertThat(engine.hash("key:c")).containsEntry("state", "OPEN");
        assertThat(logged()).containsSubsequence(List.of("c OPENED", "pool MOST_REFUSED", "d OPENED"));
        assertThat(logged()).containsOnlyOnce("pool MOST_REFUSED");
    }

    @Test
    void keysThatWorkAgainCountNoLonger() {
        engine = engine(keys("abc"));
        settle("a", SUSPECT);
        settle("b", SUSPECT);
        engine.advanceMs(60_000);
        assertThat(settle("a", DEAD)).isEqualTo("OPENED");
        assertThat(settle("b", How.success(0))).isEqualTo("CLOSED");
        engine.advanceMs(120_000);

        assertThat(settle("a", DEAD)).isEqualTo("DISABLED");
    }

    @Test
    void keysThatAnOperatorHasEnabledCountNoLonger() {
        engine = engine(keys("abc"));
        settle("a", SUSPECT);
        settle("b", SUSPECT);
        operate("enable", "b");
        engine.advanceMs(60_000);

        assertThat(settle("a", DEAD)).isEqualTo("DISABLED");
    }

    @Test
    void keysWithANewSecretCountNoLonger() {
        engine = engine(keys("abc"));
        settle("a", SUSPECT);
        settle("b", SUSPECT);
        operate("drain", "b");
        operate("rotate", "b");
        engine.advanceMs(60_000);

        assertThat(settle("a", DEAD)).isEqualTo("DISABLED");
    }

    @Test
    void otherFailuresOfManyKeysAreNoRefusals() {
        engine = engine(keys("abc"));
        for (String key : List.of("a", "b", "c")) {
            for (int i = 0; i < 3; i++) {
                settle(key, How.of("key_failed"));
            }
        }
        engine.advanceMs(60_000);

        assertThat(settle("a", DEAD)).isEqualTo("DISABLED");
    }

    @Test
    void aKeyThatFailedOtherwiseFirstIsRefusedFromItsProbeOn() {
        engine = engine(keys("abc"));
        for (String key : List.of("a", "b")) {
            for (int i = 0; i < 3; i++) {
                settle(key, How.of("key_failed"));
            }
        }
        engine.advanceMs(60_000);

        assertThat(settle("a", SUSPECT)).isEqualTo("OPENED");
        assertThat(settle("b", SUSPECT)).isEqualTo("MOST_REFUSED");
    }

    @Test
    void aKeyThatRestsIsNotDisabledByALeaseThatWasOut() {
        engine = engine(keys("abc"));
        Answer out = lease("a");
        settle("b", SUSPECT);
        settle("a", SUSPECT);

        assertThat(engine.settle(out, DEAD).text(4)).isEqualTo("NONE");
        assertThat(engine.hash("key:a")).containsEntry("state", "OPEN").containsEntry("trips", "1");
    }

    @Test
    void aKeyInServiceThatIsRefusedForGoodInAnIncidentRests() {
        engine = engine(keys("abc"));
        settle("a", SUSPECT);

        assertThat(settle("b", DEAD)).isEqualTo("MOST_REFUSED");
        assertThat(engine.hash("key:b")).containsEntry("state", "OPEN");
    }

    @Test
    void aRemovedKeyCountsNoLonger() {
        engine = engine(keys("abcd"));
        settle("a", SUSPECT);
        settle("b", SUSPECT);
        settle("c", SUSPECT);
        engine.scripts.run(
                Script.REGISTER,
                engine.prefix + "meta",
                List.of("" + engine.now, "remove", engine.plan.revision(), "full", "key:c"));

        assertThat(jedis.zrange(engine.prefix + "refused", 0, -1)).containsExactly("a", "b", "-");
    }

    @Test
    void theWorkerThatMeetsItSaysSoOnce() {
        try (LogLines log = new LogLines(Settlement.class);
                RedisKeyCoordinator worker = RedisKeyCoordinator.builder()
                        .redis(uri.toString())
                        .config(new CoordinatorConfig(List.of(keys("abc"))))
                        .secrets(reference -> Optional.of(ApiSecret.of("sk-" + reference)))
                        .build()) {
            for (int i = 0; i < 3; i++) {
                worker.acquire(LeaseRequest.of("test")).settle(Outcome.keyFailed(Failure.SUSPECT, "http_401"));
            }

            assertThat(log.at(Level.ERROR))
                    .singleElement(STRING)
                    .startsWith("ERROR pool test: the provider refuses most keys");
            assertThat(log.at(Level.WARN)).hasSize(3);
        }
    }

    private static PoolConfig keys(String ids) {
        return headroom(ids.chars()
                .mapToObj(id -> solo(Character.toString(id), LimitConfig.NONE))
                .toArray(AccountConfig[]::new));
    }

    /** The key answers a call so. */
    private String settle(String key, How how) {
        return engine.settle(lease(key), how).text(4);
    }

    private Answer lease(String key) {
        String others = ALL.replace(key, "").replaceAll("(.)(?=.)", "$1,");
        return engine.acquire(engine.nextId(), Ask.tokens(0).withoutAccounts(others));
    }

    private void operate(String action, String key) {
        Reply reply = engine.scripts.run(
                Script.OPERATE, engine.prefix + "meta", List.of("" + engine.now, action, key, "test", "test"));
        assertThat(reply.status()).isEqualTo("CHANGED");
    }

    private List<String> logged() {
        return jedis.xrange(engine.prefix + "log", "-", "+").stream()
                .map(entry -> entry.getFields())
                .flatMap((Map<String, String> line) -> Stream.of(line.get("subject") + " " + line.get("what")))
                .toList();
    }
}
