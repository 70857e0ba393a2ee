package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code lua/recover.lua}. */
class RecoverScriptTest extends ScriptTest {
    private static final long EPOCH = 1_000_000_000_000L;

    private static Reply recover(Engine engine, long seen, String... owners) {
        List<String> args = new ArrayList<>(List.of("" + engine.now, "" + seen));
        args.addAll(List.of(owners));
        return engine.scripts.run(Script.RECOVER, engine.prefix + "meta", args);
    }

    private static PoolConfig pool() {
        return headroom(
                solo("a", limits(perMinute(60), perMinute(6_000), 5)),
                account("b", requests(perMinute(60)), "k1", "k2"));
    }

    private long seq(Engine engine) {
        return Long.parseLong(engine.hash("meta").get("seq"));
    }

    @Test
    void whoHasSeenNothingThatIsLostChangesNothing() {
        Engine engine = engine(pool());
        engine.settle(engine.acquire(1), How.success(1));
        long seq = seq(engine);
        long before = dirty();

        assertThat(recover(engine, seq, "key:a", "account:b").status()).isEqualTo("WHOLE");
        assertThat(recover(engine, 0, "").status()).isEqualTo("WHOLE");

        assertThat(dirty()).isEqualTo(before);
    }

    @Test
    void theSequenceGoesOnInTheNextEpochAndItsLossIsTold() {
        Engine engine = engine(pool());
        engine.settle(engine.acquire(1), How.success(1));
        long seq = seq(engine);

        Reply recovered = recover(engine, seq + 500, "");

        assertThat(recovered.number(2)).isEqualTo(EPOCH);
        assertThat(recovered.number(4)).isEqualTo(seq);
        assertThat(engine.hash("meta")).containsEntry("seq", "" + EPOCH).containsEntry("epoch", "2");
        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 1).get(0).getFields())
                .containsEntry("what", "ROLLED_BACK")
                .containsEntry("why", "500_operations");
        assertThat(recover(engine, 3 * EPOCH + 5, "").number(2)).isEqualTo(4 * EPOCH);
    }

    @Test
    void otherWorkersLearnByTheEpochAndTellOnceMore() {
        Engine engine = engine(pool());
        recover(engine, 500, "");

        Reply second = recover(engine, 400, "key:a");

        assertThat(second.status()).isEqualTo("RECOVERED");
        assertThat(second.number(2)).isEqualTo(EPOCH);
        assertThat(second.number(4)).isZero();
        assertThat(engine.hash("key:a")).containsEntry("requests_left", "0");
        assertThat(recover(engine, EPOCH, "key:a").status()).isEqualTo("WHOLE");
    }

    @Test
    void whatWasChargedBeginsEmptyAndFillsAtItsRate() {
        Engine engine = engine(pool());

        recover(engine, 500, "key:a", "account:b");

        assertThat(engine.acquire(1).reason()).isEqualTo("RATE_LIMITED");
        assertThat(engine.hash("key:a")).containsEntry("requests_left", "0").containsEntry("tokens_left", "0");
        assertThat(engine.acquire(1).hintUs()).isEqualTo(1_000_000);
        engine.advanceMs(1_000);
        assertThat(List.of(engine.acquire(1).key(), engine.acquire(1).key())).doesNotContain("");
        assertThat(engine.acquire(1).reason()).isEqualTo("RATE_LIMITED");
    }

    @Test
    void ownersThatWereNotNamedKeepWhatTheyHave() {
        Engine engine = engine(pool());

        recover(engine, 500, "key:a");

        for (int i = 0; i < 60; i++) {
            assertThat(engine.acquire(1).key()).startsWith("k");
        }
    }

    @Test
    void windowsOfMoreThanAnHourGoOnWithWhatIsKnown() {
        Engine engine = engine(headroom(
                solo("hour", requests(rate(10, Duration.ofHours(1), Mode.FIXED_WINDOW))),
                solo("day", requests(rate(10, Duration.ofDays(1), Mode.FIXED_WINDOW)))));

        recover(engine, 500, "key:hour", "key:day");

        assertThat(engine.hash("key:hour").get("requests_left")).isEqualTo("0");
        assertThat(engine.hash("key:day").get("requests_left")).isEqualTo("10");
    }

    @Test
    void budgetsAndLimitsOfKeysAreEmptiedToo() {
        Engine engine = engine(
                headroom(account("b", requests(perMinute(60)), "k1", "k2")).withOverall(requests(perMinute(60))));

        recover(engine, 500, "pool", "key:k1");

        assertThat(engine.hash("pool")).containsEntry("requests_left", "0");
        assertThat(engine.acquire(1).reason()).isEqualTo("BUDGET");
    }

    @Test
    void aDamagedOwnerIsLeftAloneAndTheOthersAreEmptied() {
        Engine engine = engine(pool());
        jedis.hset(engine.prefix + "account:b", "requests_tat", "soon");

        recover(engine, 500, "account:b", "key:gone", "tenant:gone", "key:a");

        assertThat(engine.hash("key:a")).containsEntry("requests_left", "0");
        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 1).get(0).getFields())
                .containsEntry("subject", "account:b")
                .containsEntry("what", "LEFT_ALONE");
    }

    @Test
    void anAccountWhoseKeyIsDamagedIsLeftAloneAndTheOthersAreEmptied() {
        Engine engine = engine(headroom(
                account("b", List.of(requests(perMinute(60)), requests(perMinute(60))), Pools.key("k1")),
                solo("a", requests(perMinute(60)))));
        jedis.hset(engine.prefix + "key:k1", "blocked_until_ms", "soon");

        recover(engine, 500, "account:b", "account:b/1", "account:b/2", "key:a");

        assertThat(engine.hash("key:a")).containsEntry("requests_left", "0");
    }

    @Test
    void lossesGoOnAboveWhatAnyWorkerHasSeen() {
        Engine engine = engine(pool());
        recover(engine, 500, "");
        jedis.hset(engine.prefix + "meta", Map.of("seq", "3", "losses", "1"));

        recover(engine, EPOCH + 4, "");

        assertThat(engine.hash("meta")).containsEntry("losses", "" + 2 * EPOCH);
    }

    @Test
    void argumentsOutOfRangeAreRefusedBeforeAnythingIsWritten() {
        Engine engine = engine(pool());
        long before = dirty();
        String[] many = new String[101];
        Arrays.fill(many, "key:a");

        assertThatThrownBy(() -> recover(engine, -1, "")).hasMessageContaining("BADARG seen is -1");
        assertThatThrownBy(() -> recover(engine, 1)).hasMessageContaining("BADARG owner is nil");
        assertThatThrownBy(() -> recover(engine, 1, many))
                .hasMessageContaining("BADARG owner is key:a, expected at most");

        assertThat(dirty()).isEqualTo(before);
    }
}
