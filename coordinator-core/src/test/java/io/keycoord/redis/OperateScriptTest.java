package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator changes, in {@code lua/operate.lua}. */
class OperateScriptTest extends ScriptTest {
    private Engine engine;

    @BeforeEach
    void pool() {
        engine = engine(headroom(solo("a", concurrency(2)), solo("b", concurrency(2))));
    }

    private Reply operate(String action, String key) {
        return engine.operate(action, key, "ops", "planned maintenance");
    }

    @Test
    void aDrainedKeyGivesNoNewLeasesAndFinishesTheOldOnes() {
        Answer out = engine.acquire("1", Ask.tokens(0).withoutKeys("b"));

        assertThat(operate("drain", "a").fields().subList(4, 6)).isEqualTo(List.of("CLOSED", "DRAINING"));

        assertThat(engine.acquire("2", Ask.tokens(0).withoutKeys("b")).reason()).isEqualTo("NO_KEY");
        assertThat(engine.settle(out, How.success(0)).status()).isEqualTo("SETTLED");
        assertThat(engine.hash("key:a")).containsEntry("in_flight", "0").containsEntry("state", "DRAINING");
    }

    @Test
    void aDeadKeyIsEnabledAgain() {
        Answer out = engine.acquire("1", Ask.tokens(0).withoutKeys("b"));
        engine.settle(out, How.of("key_failed").failure("dead"));
        assertThat(engine.hash("key:a")).containsEntry("state", "DISABLED");

        assertThat(operate("enable", "a").status()).isEqualTo("CHANGED");

        assertThat(engine.acquire("2", Ask.tokens(0).withoutKeys("b")).granted())
                .isTrue();
    }

    @Test
    void enablingForgetsErrorsAndRepeats() {
        for (int i = 0; i < 3; i++) {
            Answer out = engine.acquire("e" + i, Ask.tokens(0).withoutKeys("b"));
            engine.settle(out, How.of("key_failed"));
        }
        assertThat(engine.hash("key:a")).containsEntry("state", "OPEN").containsEntry("trips", "1");

        operate("enable", "a");

        assertThat(engine.hash("key:a"))
                .containsEntry("state", "CLOSED")
                .containsEntry("errors_in_window", "0")
                .containsEntry("trips", "0")
                .containsEntry("why", "operator");
    }

    @Test
    void onlyAResetEndsABlock() {
        Answer out = engine.acquire("1", Ask.tokens(0).withoutKeys("b"));
        engine.settle(out, How.of("rate_limited").block("account", 60_000));

        assertThat(operate("enable", "a").status()).isEqualTo("UNCHANGED");
        assertThat(engine.acquire("2", Ask.tokens(0).withoutKeys("b")).reason()).isEqualTo("BLOCKED");

        assertThat(operate("reset", "a").status()).isEqualTo("CHANGED");
        assertThat(engine.acquire("3", Ask.tokens(0).withoutKeys("b")).granted())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"5000, 4999, CHANGED", "5000, 5000, UNCHANGED"})
    void aResetEndsABlockOfTheKeyAloneWhileItLasts(long blockMs, long laterMs, String status) {
        Engine classes = engine(headroom(account("c", List.of(concurrency(5)), Pools.key("k1"), Pools.key("k2"))));
        Answer out = classes.acquire("1", Ask.tokens(0).withoutKeys("k2"));
        classes.settle(out, How.of("rate_limited").block("key", blockMs));
        classes.advanceMs(laterMs);

        assertThat(classes.operate("reset", "k1", "ops", "a mistake").status()).isEqualTo(status);
    }

    @Test
    void whatIsEnabledCallsTheOneWhoWaits() {
        jedis.flushDB();
        Engine one = engine(headroom(solo("w", concurrency(1))));
        one.acquire(Ask.tokens(0));
        assertThat(one.acquire("w1", "r", Ask.tokens(0)).waits()).isTrue();
        one.operate("drain", "w", "ops", "planned");
        jedis.hset(one.prefix + "key:w", "in_flight", "0");

        one.operate("enable", "w", "ops", "done");

        assertThat(one.members("called")).containsExactly("w1/r");
        one.leave("w1", "r");
        assertThat(one.members("called")).isEmpty();
    }

    @Test
    void aResetEndsTheBlocksOfAllClassesOfTheAccount() {
        Engine classes = engine(headroom(
                account("c", List.of(LimitConfig.of("x*"), LimitConfig.of("y*")), Pools.key("k1", 1, concurrency(5)))));
        Answer out = classes.acquire("1", Ask.tokens(0).model("x"));
        classes.settle(out, How.of("rate_limited").block("account", 60_000));
        assertThat(classes.acquire("2", Ask.tokens(0).model("y")).granted()).isFalse();

        classes.operate("reset", "k1", "ops", "they said it was a mistake");

        assertThat(classes.acquire("3", Ask.tokens(0).model("y")).granted()).isTrue();
        assertThat(classes.acquire("4", Ask.tokens(0).model("x")).granted()).isTrue();
    }

    @Test
    void aResetEndsABlockOfAnotherClassOfTheAccount() {
        Engine classes = engine(headroom(
                account("c", List.of(LimitConfig.of("x*"), LimitConfig.of("y*")), Pools.key("k1", 1, concurrency(5)))));
        Answer out = classes.acquire("1", Ask.tokens(0).model("y"));
        classes.settle(out, How.of("rate_limited").block("account_models", 60_000));

        assertThat(classes.operate("reset", "k1", "ops", "a mistake").status()).isEqualTo("CHANGED");
        assertThat(classes.acquire("2", Ask.tokens(0).model("y")).granted()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dead", "suspect", "error"})
    void whatTheOldSecretBringsDoesNotCountAgainstTheNewOne(String failure) {
        Ask ofA = Ask.tokens(0).withoutKeys("b");
        Answer old = engine.acquire("1", ofA);

        assertThat(operate("rotate", "a").fields().subList(4, 6)).isEqualTo(List.of("CLOSED", "CLOSED"));
        engine.settle(old, How.of("key_failed").failure(failure));

        assertThat(engine.hash("key:a")).containsEntry("state", "CLOSED").containsEntry("errors_in_window", "0");
        Answer fresh = engine.acquire("2", ofA);
        assertThat(fresh.granted()).isTrue();
        engine.settle(fresh, How.of("key_failed").failure("dead"));
        assertThat(engine.hash("key:a")).containsEntry("state", "DISABLED");
    }

    @Test
    void aDeadKeyWithANewSecretIsBackAndItsErrorsAreForgotten() {
        Ask ofA = Ask.tokens(0).withoutKeys("b");
        engine.settle(engine.acquire("1", ofA), How.of("key_failed"));
        Answer late = engine.acquire("2", ofA);
        engine.settle(engine.acquire("3", ofA), How.of("key_failed").failure("dead"));

        assertThat(operate("rotate", "a").fields().subList(4, 6)).isEqualTo(List.of("DISABLED", "CLOSED"));
        engine.settle(late, How.of("key_failed").failure("dead"));

        assertThat(engine.hash("key:a"))
                .containsEntry("state", "CLOSED")
                .containsEntry("errors_in_window", "0")
                .containsEntry("trips", "0");
        assertThat(engine.acquire("4", ofA).granted()).isTrue();
    }

    @Test
    void theOldSecretsProbeDecidesNothing() {
        Ask ofA = Ask.tokens(0).withoutKeys("b");
        engine.settle(engine.acquire("1", ofA), How.of("key_failed").failure("suspect"));
        engine.now += Duration.ofMinutes(2).toNanos() / 1_000;
        Answer probe = engine.acquire("2", ofA);
        assertThat(engine.hash("key:a")).containsEntry("state", "HALF_OPEN");

        operate("rotate", "a");
        engine.settle(probe, How.of("key_failed").failure("dead"));

        assertThat(engine.hash("key:a")).containsEntry("state", "CLOSED");
        assertThat(engine.acquire("3", ofA).granted()).isTrue();
        assertThat(engine.acquire("4", ofA).granted()).isTrue();
    }

    @Test
    void aDrainedKeyStaysDrainedWithItsNewSecret() {
        Ask ofA = Ask.tokens(0).withoutKeys("b");
        Answer old = engine.acquire("1", ofA);
        operate("drain", "a");

        assertThat(operate("rotate", "a").fields().subList(4, 6)).isEqualTo(List.of("DRAINING", "DRAINING"));
        engine.settle(old, How.of("key_failed").failure("dead"));

        assertThat(engine.hash("key:a")).containsEntry("state", "DRAINING");
        operate("enable", "a");
        assertThat(engine.acquire("2", ofA).granted()).isTrue();
    }

    @Test
    void aRotationIsLoggedEachTime() {
        operate("rotate", "a");
        operate("rotate", "a");

        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 2))
                .allSatisfy(line -> assertThat(line.getFields())
                        .containsEntry("subject", "a")
                        .containsEntry("what", "ROTATED")
                        .containsEntry("by", "ops"));
    }

    @Test
    void aLeaseThatWaitsForADrainedKeyIsLost() {
        Engine waiting =
                engine(headroom(solo("w", Pools.requests(Pools.rate(1, Duration.ofSeconds(10), Mode.BUCKET)))));
        waiting.acquire("1", Ask.tokens(0));
        Answer ahead = waiting.acquire("2", Ask.tokens(0).waiting(30_000_000));
        assertThat(ahead.waitUs()).isPositive();

        waiting.operate("drain", "w", "ops", "planned");

        assertThat(waiting.lost(ahead.id())).isEqualTo(ahead.id());
    }

    @Test
    void theLogNamesWhoAndWhy() {
        operate("drain", "a");

        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 1).get(0).getFields())
                .containsEntry("subject", "a")
                .containsEntry("what", "DRAINING")
                .containsEntry("why", "planned maintenance")
                .containsEntry("by", "ops");
    }

    @Test
    void anotherConfigurationIsLoggedAndTheSameIsNot() {
        engine.register("full");
        assertThat(jedis.xlen(engine.prefix + "log")).isOne();

        engine(headroom(solo("a", concurrency(3)), solo("b", concurrency(2))));

        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 1).get(0).getFields())
                .containsEntry("subject", "pool")
                .containsEntry("what", "RECONFIGURED");
    }

    @Test
    void anUnknownKeyIsSaid() {
        assertThat(operate("drain", "z").status()).isEqualTo("NO_KEY");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two\nlines"})
    void aReasonThatIsNoneIsRefused(String reason) {
        assertThatThrownBy(() -> engine.operate("drain", "a", "ops", reason)).hasMessageContaining("BADARG reason");
        assertThat(engine.hash("key:a")).containsEntry("state", "CLOSED");
    }

    @Test
    void anUnknownActionIsRefused() {
        assertThatThrownBy(() -> operate("pause", "a")).hasMessageContaining("expected drain, enable, reset or rotate");
    }

    @Test
    void theOperatorSpeaksToTheSamePool() {
        try (PoolOperator operator = PoolOperator.connect(uri.toString(), "ops")) {
            assertThat(operator.drain("test", "a", "planned")).contains(new KeyChange("a", "CLOSED", "DRAINING", true));
            assertThat(operator.drain("test", "a", "planned"))
                    .contains(new KeyChange("a", "DRAINING", "DRAINING", false));
            assertThat(operator.drain("test", "nobody", "planned")).isEqualTo(Optional.empty());
            assertThat(operator.drain("nowhere", "a", "planned")).isEqualTo(Optional.empty());
            assertThatThrownBy(() -> operator.drain("test", "a", " "))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("reason is ' ', expected 1 to 200 characters");
        }
    }
}
