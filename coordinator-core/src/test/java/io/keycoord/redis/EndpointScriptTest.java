package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.BreakerConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code lua/lib/endpoint.lua}: the last two accounts that succeeded with a model. */
class EndpointScriptTest extends ScriptTest {
    private static final long SLOT_MS = BreakerConfig.STANDARD.window().toMillis() / 12;
    private static final List<String> ACCOUNTS = List.of("a", "b", "c");

    private Engine engine;

    @BeforeEach
    void threeAccounts() {
        engine =
                engine(headroom(solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE), solo("c", LimitConfig.NONE)));
    }

    private void succeeds(String account, long atMs, String model) {
        engine.now = Engine.NOON + atMs * 1_000;
        String others = String.join(
                ",", ACCOUNTS.stream().filter(other -> !other.equals(account)).toList());
        engine.settle(
                engine.acquire(Ask.tokens(1).withoutKeys(others)),
                How.success(1).on(model));
    }

    /** Accounts, each with the milliseconds since noon. */
    private String evidence() {
        String[] words = jedis.hmget(engine.prefix + "endpoints", "m").get(0).split(" ", -1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words.length; i += 2) {
            text.append(words[i])
                    .append('@')
                    .append(Long.parseLong(words[i + 1]) - Engine.NOON / 1_000)
                    .append(' ');
        }
        return text.toString().strip();
    }

    @Test
    void oneAccountIsWrittenOnceInATwelfthOfTheWindow() {
        succeeds("a", 0, "m");
        succeeds("a", SLOT_MS - 1, "m");
        assertThat(evidence()).isEqualTo("a@0");

        succeeds("a", SLOT_MS, "m");
        assertThat(evidence()).isEqualTo("a@" + SLOT_MS);
    }

    @Test
    void soAreTwo() {
        succeeds("a", 0, "m");
        succeeds("b", 1, "m");
        assertThat(evidence()).isEqualTo("b@1 a@0");
        succeeds("a", SLOT_MS - 1, "m");
        assertThat(evidence()).isEqualTo("b@1 a@0");

        succeeds("a", SLOT_MS, "m");
        assertThat(evidence()).isEqualTo("a@" + SLOT_MS + " b@1");
        succeeds("a", 3 * SLOT_MS, "m");
        assertThat(evidence()).isEqualTo("a@" + 3 * SLOT_MS + " b@1");
    }

    @ParameterizedTest
    @CsvSource({"-1, b@1 a@0", "0, c@now b@1"})
    void aThirdTakesThePlaceOfWhatIsNoLongerFresh(long afterMs, String evidence) {
        succeeds("a", 0, "m");
        succeeds("b", 1, "m");
        succeeds("c", SLOT_MS + afterMs, "m");

        assertThat(evidence()).isEqualTo(evidence.replace("now", "" + (SLOT_MS + afterMs)));
    }

    @Test
    void ofTwoHundredAndFiftySixModelsOneIsForgottenForANewOne() {
        String endpoints = engine.prefix + "endpoints";
        for (int i = 0; jedis.hlen(endpoints) < 255; i++) {
            jedis.hset(endpoints, "old" + i, "a " + Engine.NOON / 1_000);
        }
        succeeds("a", 0, "m");
        assertThat(jedis.hlen(endpoints)).isEqualTo(256);

        succeeds("a", 1, "n");

        assertThat(jedis.hlen(endpoints)).isEqualTo(256);
        assertThat(jedis.hkeys(endpoints)).contains("n", "-");
    }
}
