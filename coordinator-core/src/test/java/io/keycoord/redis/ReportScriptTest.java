package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.Ask;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code lua/report.lua}: what the provider has told outside of any call. */
class ReportScriptTest extends ScriptTest {
    private static final LimitConfig FREE = LimitConfig.of("*:free")
            .withRequests(RateLimit.of(50, Duration.ofDays(1))
                    .withMode(Mode.FIXED_WINDOW)
                    .withArrivalJitter(Duration.ZERO));

    private Engine classes() {
        return engine(headroom(account("a", List.of(FREE, requests(perMinute(100))), key("k1"), key("k2"))));
    }

    @Test
    void aKeyWhoseBudgetIsSpentRestsAndOthersOfItsAccountGoOn() {
        Engine engine = classes();

        assertThat(engine.report("k1", 60_000, "", "").status()).isEqualTo("TAKEN");

        assertThat(engine.hash("key:k1")).containsEntry("blocked_why", "budget_spent");
        for (int i = 0; i < 4; i++) {
            assertThat(engine.acquire(Ask.tokens(1)).lease().key()).isEqualTo("k2");
        }
        assertThat(engine.acquire(Ask.tokens(1).withoutKeys("k2")).reason()).isEqualTo("BLOCKED");
        engine.advanceMs(60_000);
        assertThat(engine.acquire(Ask.tokens(1).withoutKeys("k2")).granted()).isTrue();
    }

    @Test
    void theClassThatIsNamedLearnsAndNoOther() {
        Engine engine = classes();

        engine.report("k2", 0, "*:free", "requests 86400000 50 2,requests 60000 1 0");

        assertThat(engine.hash("account:a/1")).containsEntry("requests_left", "2");
        assertThat(engine.hash("account:a/2")).doesNotContainKey("pace");
        assertThat(engine.acquire(Ask.tokens(1).model("x:free")).granted()).isTrue();
        assertThat(engine.acquire(Ask.tokens(1).model("x:free")).granted()).isTrue();
        assertThat(engine.acquire(Ask.tokens(1).model("x:free")).reason()).isEqualTo("RATE_LIMITED");
        assertThat(engine.acquire(Ask.tokens(1)).granted()).isTrue();
    }

    @Test
    void anAccountThatIsItsKeyLearnsAsWell() {
        Engine engine = engine(headroom(solo("s", FREE)));

        engine.report("s", 0, "*:free", "requests 86400000 50 0");
        assertThat(engine.acquire(Ask.tokens(1).model("x:free")).reason()).isEqualTo("RATE_LIMITED");

        engine.report("s", 0, "*:free", "requests 86400000 50 50");
        assertThat(engine.hash("key:s")).as("never looser").containsEntry("requests_left", "0");
    }

    @Test
    void aClassThatIsNotTheFirstOfItsAccountLearnsAsWell() {
        Engine engine = classes();

        engine.report("k2", 0, "*", "requests 60000 0 7");

        assertThat(engine.hash("account:a/2")).containsEntry("requests_left", "7");
        assertThat(engine.hash("account:a/1")).doesNotContainKey("requests_left");
    }

    @Test
    void aRestIsCountedAndLoggedAndNothingElseIs() {
        Engine engine = classes();
        long lines = jedis.xlen(engine.prefix + "log");
        Reply nothing = engine.report("k1", 0, "", "");
        assertThat(jedis.xlen(engine.prefix + "log")).isEqualTo(lines);
        assertThat(engine.hash("key:k1")).containsEntry("blocked_until_ms", "0");

        engine.now += 1;
        Reply rests = engine.report("k1", 1, "", "");

        assertThat(rests.fields())
                .isEqualTo(List.of("TAKEN", engine.now, nothing.number(2) + 1, nothing.number(3) + 1));
        assertThat(engine.hash("meta"))
                .containsEntry("last_us", "" + engine.now)
                .containsEntry("seq", rests.text(2))
                .containsEntry("losses", rests.text(3));
        assertThat(jedis.xlen(engine.prefix + "log")).isEqualTo(lines + 1);
        assertThat(engine.logged())
                .containsEntry("subject", "k1")
                .containsEntry("what", "BLOCKED")
                .containsEntry("why", "budget_spent")
                .containsEntry("until_ms", "" + (engine.now / 1000 + 1));
    }

    @Test
    void aKeyThatIsUnknownChangesNothing() {
        Engine engine = engine(headroom(solo("s", concurrency(1))));
        long writes = dirty();

        assertThat(engine.report("other", 1_000, "", "").status()).isEqualTo("NO_KEY");

        assertThat(dirty()).isEqualTo(writes);
    }

    @Test
    void eachArgumentIsChecked() {
        Engine engine = engine(headroom(solo("s", concurrency(1))));
        assertThatIllegalStateException()
                .isThrownBy(() -> engine.report("s", -1, "", ""))
                .withMessageContaining("block_ms is -1, expected an integer of 0 to 2764800000");
        assertThatIllegalStateException()
                .isThrownBy(() -> engine.report("s s", 1, "", ""))
                .withMessageContaining("key_id is s s");
        assertThatIllegalStateException()
                .isThrownBy(() -> engine.report("s", 1, "a b", ""))
                .withMessageContaining("models is a b");
        assertThatIllegalStateException()
                .isThrownBy(() -> engine.report("s", 1, "", "requests"))
                .withMessageContaining("learnt is requests");
        assertThatIllegalStateException()
                .isThrownBy(() -> engine.report("s", 2_764_800_001L, "", ""))
                .withMessageContaining("block_ms is 2764800001");
        assertThatIllegalStateException()
                .isThrownBy(() -> engine.report("s", 1, "w".repeat(65), "", ""))
                .withMessageContaining("expected at most 64 characters");
        assertThat(engine.hash("key:s")).containsEntry("blocked_until_ms", "0");

        assertThat(engine.report("s", 2_764_800_000L, "w".repeat(64), "", "").status())
                .isEqualTo("TAKEN");
    }
}
