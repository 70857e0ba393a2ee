package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.pool;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.keycoord.config.LimitConfig;
import io.keycoord.config.Strategy;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code lua/acquire.lua}. */
class AcquireScriptTest extends ScriptTest {
    private static final LimitConfig LIMITS = limits(perMinute(60), perMinute(600), 2);

    @Test
    void grantsUntilTheRequestsAreUsedUpAndTellsTheExactWait() {
        Engine engine = engine(headroom(solo("a", limits(perMinute(2), perMinute(1000), 10))));

        assertThat(engine.acquire(10).granted()).isTrue();
        assertThat(engine.acquire(10).granted()).isTrue();
        Answer third = engine.acquire(10);

        assertThat(third.reason()).isEqualTo("RATE_LIMITED");
        assertThat(third.hintUs()).isEqualTo(30_000_000);
        engine.now += 29_999_999;
        assertThat(engine.acquire(10).granted()).isFalse();
        engine.now += 1;
        assertThat(engine.acquire(10).granted()).isTrue();
    }

    @Test
    void repeatsTheFirstAnswerToARepeatedId() {
        Engine engine = engine(headroom(account("a", LIMITS, "k1", "k2")));
        Answer first = engine.acquire("x", Ask.tokens(10));
        engine.advanceMs(5);

        Answer again = engine.acquire("x", Ask.tokens(10));

        assertThat(again.record()).isEqualTo(first.record());
        assertThat(again.reply().number(5)).isEqualTo(first.reply().number(5));
        assertThat(engine.hash("account:a")).containsEntry("in_flight", "1");
    }

    @Test
    void aDenialWritesNothing() {
        Engine engine = engine(headroom(solo("a", requests(perMinute(1)))));
        engine.acquire(0);
        Map<String, String> before = dump();

        assertThat(engine.acquire(0).granted()).isFalse();

        assertThat(dump()).isEqualTo(before);
    }

    @Test
    void refusesWhatWasSentMoreThanTenSecondsAgo() {
        Engine engine = engine(headroom(solo("a", LIMITS)));

        assertThat(engine.acquireSentAt("x", Ask.tokens(1), "" + (engine.now - 10_000_001))
                        .reply()
                        .status())
                .isEqualTo("STALE");
        assertThat(engine.acquireSentAt("x", Ask.tokens(1), "" + (engine.now - 10_000_000))
                        .granted())
                .isTrue();
    }

    @Test
    void refusesAnAcquireThatWasCancelledBeforeItCame() {
        Engine engine = engine(headroom(solo("a", LIMITS)));
        assertThat(engine.settle("x", "", How.of("unused")).status()).isEqualTo("UNKNOWN");

        assertThat(engine.acquire("x", Ask.tokens(1)).reply().status()).isEqualTo("STALE");
    }

    @Test
    void reservesTheEarliestStartWithinTheWait() {
        Engine engine = engine(headroom(solo("a", limits(perMinute(60), perMinute(600), 10))));
        engine.acquire(600);

        Answer reserved = engine.acquire("r", Ask.tokens(100).waiting(20_000_000));
        Answer next = engine.acquire("s", Ask.tokens(100).waiting(20_000_000));

        assertThat(reserved.waitUs()).isEqualTo(10_000_000);
        assertThat(next.waitUs()).as("queues behind the first").isEqualTo(20_000_000);
        assertThat(engine.acquire("t", Ask.tokens(1).waiting(20_000_000)).granted())
                .isFalse();
    }

    @Test
    void deniesWhenAllSlotsAreInUseUntilOneIsGivenBack() {
        Engine engine = engine(headroom(solo("a", concurrency(2))));
        Answer first = engine.acquire(0);
        engine.acquire(0);

        assertThat(engine.acquire(0).reason()).isEqualTo("CONCURRENCY");
        engine.settle(first, How.success(0));
        assertThat(engine.acquire(0).granted()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0, 1000000", "29500000, 500000", "29999500, 1000"})
    void whoWaitsForASlotAsksAgainWithinASecondAndWhenALeaseEnds(long afterUs, long hintUs) {
        Engine engine = engine(headroom(solo("a", Pools.concurrency(1))));
        engine.acquire(1);
        engine.now += afterUs;

        assertThat(engine.acquire(1).hintUs()).isEqualTo(hintUs);
    }

    @Test
    void whoWaitsForASlotOfNoLeaseAsksAgainInASecond() {
        Engine engine = engine(headroom(solo("a", Pools.concurrency(1))));
        jedis.hset(engine.prefix + "key:a", "in_flight", "1");

        assertThat(engine.acquire(1).hintUs()).isEqualTo(1_000_000);
    }

    @Test
    void takesBackTheSlotsOfLeasesThatExpired() {
        Engine engine = engine(headroom(solo("a", concurrency(1))));
        Answer lost = engine.acquire(0);
        engine.advanceMs(29_999);
        assertThat(engine.acquire(0).granted()).isFalse();

        engine.advanceMs(1);

        assertThat(engine.acquire(0).granted()).isTrue();
        assertThat(engine.settle(lost, How.success(0)).status()).isEqualTo("LATE");
        assertThat(engine.hash("key:a")).containsEntry("in_flight", "1");
    }

    @Test
    void saysAtOnceThatARequestCanNeverFit() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(100))), solo("b", tokens(perMinute(300)))));

        assertThat(engine.acquire(301).reason()).isEqualTo("IMPOSSIBLE");
        assertThat(engine.acquire(300).key()).isEqualTo("b");
    }

    @Test
    void findsTheOneAccountThatCanPay() {
        var accounts = IntStream.range(0, 50)
                .mapToObj(i -> solo("k" + i, tokens(perMinute(1000))))
                .toArray(io.keycoord.config.AccountConfig[]::new);
        Engine engine = engine(pool(Strategy.ROUND_ROBIN, accounts));
        for (int i = 0; i < 50; i++) {
            engine.acquire("all" + i, Ask.tokens(i == 33 ? 1 : 900));
        }

        Answer large = engine.acquire(999);

        assertThat(large.granted()).isTrue();
    }

    @Test
    void sharesTheLimitsOfAnAccountAmongItsKeys() {
        Engine engine = engine(headroom(account("a", requests(perMinute(3)), "k1", "k2", "k3")));

        List<String> keys = List.of(
                engine.acquire(0).key(),
                engine.acquire(0).key(),
                engine.acquire(0).key());

        assertThat(keys).containsExactlyInAnyOrder("k1", "k2", "k3");
        assertThat(engine.acquire(0).reason()).isEqualTo("RATE_LIMITED");
    }

    @Test
    void holdsTheLimitsOfAKeyBesideThoseOfItsAccount() {
        Engine engine = engine(headroom(account(
                "a",
                List.of(limits(perMinute(60), perMinute(6000), 10)),
                key("k1", 1, limits(perMinute(1), perMinute(500), 5)),
                key("k2", 1, tokens(perMinute(100))))));

        Answer large = engine.acquire(400);

        assertThat(large.key()).isEqualTo("k1");
        assertThat(engine.acquire(400).granted())
                .as("k1 has no request left, k2 is too small")
                .isFalse();
        assertThat(engine.acquire(100).key()).isEqualTo("k2");
        assertThat(engine.acquire(501).reason()).isEqualTo("IMPOSSIBLE");
    }

    @Test
    void leavesOutKeysAndAccountsThatAreExcluded() {
        Engine engine = engine(headroom(account("a", LIMITS, "k1", "k2"), solo("b", LIMITS)));

        assertThat(engine.acquire("1", Ask.tokens(1).withoutAccounts("a")).key())
                .isEqualTo("b");
        assertThat(engine.acquire("2", Ask.tokens(1).withoutAccounts("b").withoutKeys("k1"))
                        .key())
                .isEqualTo("k2");
        assertThat(engine.acquire("3", Ask.tokens(1).withoutAccounts("a,b")).reason())
                .isEqualTo("NO_KEY");
        assertThat(engine.acquire("4", Ask.tokens(1).withoutKeys("k1,k2,b")).reason())
                .isEqualTo("NO_KEY");
    }

    @Test
    void choosesTheLimitsOfAnAccountByTheModel() {
        LimitConfig free = LimitConfig.of("*:free").withRequests(perMinute(1));
        LimitConfig paid = LimitConfig.of("m/*").withRequests(perMinute(2));
        Engine engine = engine(headroom(account("a", List.of(free, paid), key("k1"))));

        assertThat(engine.acquire("1", Ask.tokens(0).model("m/x:free")).granted())
                .isTrue();
        assertThat(engine.acquire("2", Ask.tokens(0).model("n/y:free")).granted())
                .as("all free models share one request a minute")
                .isFalse();
        assertThat(engine.acquire("3", Ask.tokens(0).model("m/x")).granted()).isTrue();
        assertThat(engine.plan.route("n/y", PoolPlan.NO_TENANT).groups()).isEmpty();
    }

    @Test
    void goesRoundRobinOverReadyKeys() {
        Engine engine = engine(pool(
                Strategy.ROUND_ROBIN,
                solo("a", LIMITS),
                account("b", limits(perMinute(60), perMinute(6000), 9), "b1", "b2")));

        Map<String, Integer> grants = new TreeMap<>();
        for (int i = 0; i < 12; i++) {
            Answer lease = engine.acquire(1);
            grants.merge(lease.key(), 1, Integer::sum);
            engine.settle(lease, How.success(1));
        }

        assertThat(grants).isEqualTo(Map.of("a", 4, "b1", 4, "b2", 4));
    }

    @Test
    void weighsKeysByTheirWeights() {
        Engine engine = engine(pool(
                Strategy.WEIGHTED,
                account("a", List.of(LimitConfig.NONE), key("a1", 3, LimitConfig.NONE)),
                account("b", List.of(LimitConfig.NONE), key("b1", 1, LimitConfig.NONE))));

        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            keys.add(engine.acquire(0).key());
        }

        assertThat(keys.stream().filter("a1"::equals)).hasSize(6);
    }

    @Test
    void prefersTheFewestCallsInFlight() {
        Engine engine =
                engine(pool(Strategy.LEAST_IN_FLIGHT, solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE)));
        Answer first = engine.acquire(0);
        Answer second = engine.acquire(0);
        assertThat(second.key()).isNotEqualTo(first.key());

        engine.settle(second, How.success(0));

        assertThat(engine.acquire(0).key()).isEqualTo(second.key());
    }

    @Test
    void prefersTheMostHeadroom() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(1000))), solo("b", tokens(perMinute(1000)))));
        Answer first = engine.acquire(500);

        assertThat(engine.acquire(100).key()).isNotEqualTo(first.key());
        assertThat(engine.acquire(100).key()).isNotEqualTo(first.key());
    }

    @Test
    void aClockThatStepsBackChangesNothing() {
        Engine engine = engine(headroom(solo("a", requests(perMinute(1)))));
        engine.acquire(0);
        engine.now -= 3_600_000_000L;

        assertThat(engine.acquire(0).granted()).isFalse();
        assertThat(engine.acquire("r", Ask.tokens(0).waiting(60_000_000)).waitUs())
                .isEqualTo(60_000_000);
        engine.now += 60_000_000;
        assertThat(engine.hash("meta")).containsEntry("offset_us", "3600000000");
    }

    @Test
    void answersThatAPoolIsUnknown() {
        ScriptRunner scripts = new JedisScriptRunner(jedis, false);
        Reply reply = scripts.run(
                Script.ACQUIRE,
                "keycoord:{none}:meta",
                List.of("", "x", "w", "", "1000", "1", "0", "0", "0", "1", "", "", "", "", "", "", "", "", "normal"));

        assertThat(reply.status()).isEqualTo("NO_POOL");
        assertThat(jedis.keys("*")).isEmpty();
    }

    @Test
    void refusesANewerFormatOfItsState() {
        Engine engine = engine(headroom(solo("a", LIMITS)));
        jedis.hset(engine.prefix + "meta", "schema", "2");

        assertThat(engine.acquire(1).reply().status()).isEqualTo("NEWER_SCHEMA");
    }

    @Test
    void namesTheArgumentThatIsWrong() {
        engine(headroom(solo("a", LIMITS)));
        ScriptRunner scripts = new JedisScriptRunner(jedis, false);
        for (String tokens : List.of("-1", "nan", "1e9", "0x10", " 5", "2000000001", "9007199254740993", "")) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> scripts.run(
                            Script.ACQUIRE,
                            "keycoord:{test}:meta",
                            List.of(
                                    "", "x", "w", "", "1000", tokens, "0", "0", "0", "1", "", "", "", "", "", "", "",
                                    "", "normal")))
                    .withMessageContaining("input");
        }
    }

    private Map<String, String> dump() {
        Map<String, String> dump = new TreeMap<>();
        for (String key : jedis.keys("*")) {
            dump.put(key, java.util.HexFormat.of().formatHex(jedis.dump(key)));
        }
        return dump;
    }
}
