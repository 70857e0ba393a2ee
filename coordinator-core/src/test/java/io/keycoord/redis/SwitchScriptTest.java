package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code lua/switch.lua} makes of a pool. */
class SwitchScriptTest extends ScriptTest {
    private Engine engine;

    @BeforeEach
    void pool() {
        engine = engine(headroom(solo("a", requests(perMinute(1)))));
    }

    @Test
    void aPoolThatIsOffDeniesEverythingAndSettlesWhatIsOut() {
        Answer out = engine.acquire("1", Ask.tokens(0));

        assertThat(engine.switchTo("deny").fields().subList(4, 6)).isEqualTo(List.of("normal", "deny"));

        Answer denied = engine.acquire("2", Ask.tokens(0).waiting(60_000_000));
        assertThat(denied.reason()).isEqualTo("SWITCHED_OFF");
        assertThat(denied.hintUs()).isZero();
        assertThat(engine.settle(out, How.success(0)).status()).isEqualTo("SETTLED");
    }

    @Test
    void aLeaseThatWaitsForItsStartIsLostWhenThePoolIsSwitchedOff() {
        Engine waiting = engine(headroom(solo("w", requests(rate(1, Duration.ofSeconds(10), Mode.BUCKET)))));
        waiting.acquire("1", Ask.tokens(0));
        Answer ahead = waiting.acquire("2", Ask.tokens(0).waiting(30_000_000));
        long losses = ahead.reply().number(3);

        assertThat(waiting.switchTo("deny").number(3)).as("workers are told").isGreaterThan(losses);

        assertThat(waiting.lost(ahead.id())).isEqualTo(ahead.id());
    }

    @Test
    void anOpenPoolDecidesAndRecordsNothing() {
        engine.switchTo("open");
        Map<String, String> meta = engine.hash("meta");
        Map<String, String> key = engine.hash("key:a");

        for (int i = 0; i < 5; i++) {
            assertThat(engine.acquire(1).reply().status()).isEqualTo("OPEN");
        }

        assertThat(engine.hash("meta")).isEqualTo(meta);
        assertThat(engine.hash("key:a")).isEqualTo(key);
        assertThat(engine.hash("holders")).containsOnlyKeys("-");
    }

    @Test
    void aShadowGrantsAsUsualAndTellsWhatItWouldDeny() {
        engine.switchTo("shadow");

        Answer granted = engine.acquire("1", Ask.tokens(0));
        assertThat(granted.granted()).isTrue();
        Answer shadow = engine.acquire("2", Ask.tokens(0).waiting(90_000_000));
        assertThat(shadow.reply().status()).as("nobody waits in the shadow").isEqualTo("SHADOW");
        assertThat(shadow.reason()).isEqualTo("RATE_LIMITED");
        assertThat(shadow.hintUs()).isEqualTo(60_000_000);
        assertThat(engine.hash("key:a")).containsEntry("in_flight", "1");
        assertThat(engine.settle(granted, How.success(0)).status()).isEqualTo("SETTLED");
    }

    @Test
    void aRepeatedAcquireHasItsFirstAnswerWhateverThePoolIsSwitchedTo() {
        Answer first = engine.acquire("1", Ask.tokens(0));
        engine.switchTo("deny");

        assertThat(engine.acquire("1", Ask.tokens(0)).record()).isEqualTo(first.record());
    }

    @Test
    void switchedBackItWorksAsUsual() {
        engine.switchTo("open");

        assertThat(engine.switchTo("normal").fields().subList(4, 6)).isEqualTo(List.of("open", "normal"));

        assertThat(engine.hash("meta")).containsEntry("switch", "");
        assertThat(engine.acquire(0).granted()).isTrue();
        assertThat(engine.acquire(0).reason()).isEqualTo("RATE_LIMITED");
        assertThat(engine.switchTo("normal").status()).isEqualTo("UNCHANGED");
    }

    @Test
    void anotherConfigurationLeavesTheSwitch() {
        engine.switchTo("deny");

        Engine changed = engine(headroom(solo("a", concurrency(3))));

        assertThat(changed.acquire(0).reason()).isEqualTo("SWITCHED_OFF");
    }

    @Test
    void theLogNamesWhoAndWhy() {
        engine.switchTo("shadow");

        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 1).get(0).getFields())
                .containsEntry("subject", "pool")
                .containsEntry("what", "SWITCH_SHADOW")
                .containsEntry("why", "the provider asked us to")
                .containsEntry("by", "ops");
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "DENY", "deny "})
    void anUnknownWordIsRefused(String word) {
        assertThatThrownBy(() -> engine.switchTo(word)).hasMessageContaining("BADARG to");
        assertThat(engine.hash("meta")).containsEntry("switch", "");
    }

    @Test
    void aWordThatSomebodyWroteByHandIsToldAndRepaired() {
        jedis.hset(engine.prefix + "meta", "switch", "halt");

        assertThatThrownBy(() -> engine.acquire(0))
                .hasMessageContaining("DAMAGED meta switch is halt, expected deny, open or shadow");

        assertThat(engine.switchTo("deny").fields().subList(4, 6)).isEqualTo(List.of("deny", "deny"));
        assertThat(engine.acquire(0).reason()).isEqualTo("SWITCHED_OFF");
    }
}
