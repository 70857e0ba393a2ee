package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.pool;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Dimension;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.Strategy;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code lua/lib/unit.lua}, {@code lua/lib/key.lua} and {@code lua/lib/gate.lua}: which gates shut, and the order of what is open. */
class UnitScriptTest extends ScriptTest {
    private static final long SCALE = 8_589_934_592L;

    private static How blocked(long ms) {
        return How.of("rate_limited").block("key", ms);
    }

    @Test
    void anAccountOpensWithTheFirstOfItsKeys() {
        Engine engine = engine(headroom(account("a", LimitConfig.NONE, "k1", "k2")));
        Answer one = engine.acquire(0);
        Answer two = engine.acquire(0);
        engine.settle(one, blocked(2_000));
        assertThat(engine.hash("account:a")).containsEntry("index", "ready");

        engine.settle(two, blocked(1_000));

        assertThat(engine.hash("account:a"))
                .containsEntry("index", "parked")
                .containsEntry("wait_for", "key")
                .containsEntry("wait_until_ms", "" + (Engine.NOON / 1_000 + 1_000));
        assertThat(jedis.zscore(engine.prefix + "parked", "account:a")).isEqualTo(Engine.NOON + 1_000_000d);
    }

    @Test
    void anAccountWithoutKeysIsDisabled() {
        Engine engine = engine(headroom(account("a", LimitConfig.NONE, "k1", "k2")));
        Answer lease = engine.acquire(0);
        engine.scripts.run(
                Script.REGISTER,
                engine.prefix + "meta",
                List.of("" + engine.now, "remove", "r", "full", "key:k1", "key:k2"));

        engine.settle(lease, How.success(0));

        assertThat(engine.hash("account:a")).containsEntry("index", "parked").containsEntry("wait_for", "disabled");
    }

    @Test
    void ofGatesThatOpenTogetherTheFirstIsNamed() {
        LimitConfig one = requests(perMinute(1));
        Engine keys = engine(headroom(account("a", List.of(one), key("k", 1, tokens(perMinute(1))))));
        keys.acquire(1);
        assertThat(keys.hash("account:a")).as("and that of its key").containsEntry("wait_for", "requests");

        jedis.flushAll();
        Engine overall = engine(headroom(
                account("a", List.of(one, LimitConfig.of("z*")), key("k")).withOverall(tokens(perMinute(1)))));
        overall.acquire(1);
        assertThat(overall.hash("account:a/1"))
                .as("and what the account has overall")
                .containsEntry("wait_for", "requests");

        jedis.flushAll();
        Engine limits = engine(headroom(
                solo("a", one.withTokens(perMinute(100)).with(Dimension.OUTPUT_TOKENS, List.of(perMinute(1))))));
        limits.acquire(Ask.tokens(0).answer(1));
        assertThat(limits.hash("key:a")).as("and another limit").containsEntry("wait_for", "requests");
    }

    @Test
    void ofASlotAndAProbeThatAreBothAwaitedTheSlotIsNamed() {
        Engine engine = engine(headroom(solo("a", concurrency(1))));
        engine.settle(engine.acquire(0), How.of("key_failed").failure("suspect"));
        engine.advanceMs(60_000);
        assertThat(engine.acquire(0).granted()).isTrue();
        assertThat(engine.hash("key:a")).containsEntry("state", "HALF_OPEN");

        assertThat(engine.acquire(0).reason()).isEqualTo("CONCURRENCY");
    }

    @Test
    void theWholeOfAnAccountMayPutOffItsClassIntoAWindowThatIsFull() {
        LimitConfig window =
                requests(rate(1, Duration.ofMinutes(1), Mode.FIXED_WINDOW).withArrivalJitter(Duration.ofSeconds(5)));
        Engine engine = engine(headroom(
                account("a", List.of(LimitConfig.of("z*"), window), key("k")).withOverall(tokens(perMinute(600)))));
        engine.acquire(Ask.tokens(600).model("z"));
        jedis.hset(engine.prefix + "account:a/2", "requests_window", "" + Engine.NOON / 60_000_000);
        jedis.hset(engine.prefix + "account:a/2", "requests_next", "1");

        assertThat(engine.acquire(Ask.tokens(540)).hintUs()).isEqualTo(54_000_000);
        assertThat(engine.acquire(Ask.tokens(560)).hintUs()).isEqualTo(120_000_000);
    }

    @Test
    void anAccountWeighsAsMuchAsItsUsableKeysRoundedDown() {
        Engine engine = engine(pool(
                Strategy.WEIGHTED,
                account(
                        "a",
                        List.of(LimitConfig.NONE),
                        key("k1", 2, LimitConfig.NONE),
                        key("k2", 3, LimitConfig.NONE))));
        Answer first = engine.acquire(0);
        assertThat(engine.hash("account:a")).containsEntry("pass", "" + 50_400 / 5);
        engine.settle(first, blocked(60_000));

        engine.acquire(0);

        assertThat(engine.hash("account:a")).containsEntry("pass", "" + (50_400 / 5 + 50_400 / 2));
    }

    @Test
    void sharesOfAPassAreRoundedDown() {
        Engine engine = engine(pool(
                Strategy.WEIGHTED,
                account(
                        "a",
                        List.of(LimitConfig.NONE),
                        key("k1", 11, LimitConfig.NONE),
                        key("k2", 11, LimitConfig.NONE))));
        Answer lease = engine.acquire(0);

        assertThat(engine.hash("account:a")).containsEntry("pass", "" + 50_400 / 22);
        assertThat(engine.hash("key:" + lease.key())).containsEntry("pass", "" + 50_400 / 11);
    }

    @Test
    void theOrderByCallsInFlightHasRoomForAMillionAndForTheNumberOfTheCall() {
        Engine engine = engine(pool(Strategy.LEAST_IN_FLIGHT, account("a", LimitConfig.NONE, "k1", "k2")));
        jedis.hset(engine.prefix + "meta", "seq", "" + SCALE);
        String key = engine.acquire(0).key();
        assertThat(jedis.zscore(engine.prefix + "account:a:ready", key)).isEqualTo(100d * SCALE + 1);
        assertThat(jedis.zscore(engine.prefix + "ready", "account:a")).isEqualTo(50d * SCALE + 1);

        jedis.hset(engine.prefix + "account:a", "in_flight", "1000000");
        jedis.hset(engine.prefix + "key:k1", "in_flight", "1000000");
        jedis.hset(engine.prefix + "key:k2", "in_flight", "1000000");
        key = engine.acquire(0).key();

        assertThat(jedis.zscore(engine.prefix + "account:a:ready", key)).isEqualTo(1_048_575d * SCALE + 2);
        assertThat(jedis.zscore(engine.prefix + "ready", "account:a")).isEqualTo(1_048_575d * SCALE + 2);
    }

    @Test
    void aClassThatHasServedNobodyKeepsItsPlaceWhenAKeyOfItsAccountMoves() {
        List<LimitConfig> classes = List.of(LimitConfig.of("x*"), tokens(perMinute(100)));
        Engine engine = engine(headroom(
                account("a", classes, key("a1", 1, concurrency(1)), key("a2", 1, concurrency(1))),
                account("b", classes, key("b1", 1, concurrency(1)), key("b2", 1, concurrency(1)))));
        Answer ofX = engine.acquire(Ask.tokens(0).model("x").withoutAccounts("a"));

        engine.settle(ofX, How.success(0));

        assertThat(engine.acquire(1).key()).startsWith("a");
    }
}
