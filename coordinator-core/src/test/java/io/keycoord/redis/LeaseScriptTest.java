package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.config.LimitConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code lua/lib/lease.lua}, {@code lua/lib/reap.lua} and {@code lua/lib/damage.lua}: how leases end without their holder, or otherwise than expected. */
class LeaseScriptTest extends ScriptTest {
    private static final long TTL_MS = 30_000;

    /** Reaps what has expired. */
    private static void reap(Engine engine) {
        engine.advanceMs(TTL_MS);
        engine.acquire(0);
    }

    @ParameterizedTest
    @CsvSource({"settled, 10000", "reaped, 900000"})
    void marksOfEndedLeasesAreForgottenThirtyTwoAtATime(String marks, long keptMs) {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        engine.acquire(0);
        long then = Engine.NOON / 1_000 + TTL_MS - keptMs;
        jedis.zadd(engine.prefix + marks, (double) then, "kept");
        for (int i = 0; i < 33; i++) {
            jedis.zadd(engine.prefix + marks, (double) (then - 1), "old" + i);
        }
        long before = jedis.zcard(engine.prefix + marks);

        reap(engine);

        assertThat(jedis.zcard(engine.prefix + marks))
                .as("and one more has ended")
                .isEqualTo(before - 32 + 1);
        engine.settle("unknown", "", How.of("unused"));
        reap(engine);
        assertThat(engine.members(marks)).noneMatch(mark -> mark.startsWith("old"));
    }

    @Test
    void aMarkIsKeptForAsLongAsItIsNeeded() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        engine.acquire(0);
        long then = Engine.NOON / 1_000 + TTL_MS;
        for (Map.Entry<String, Long> marks :
                Map.of("settled", 10_000L, "reaped", 900_000L).entrySet()) {
            jedis.zadd(engine.prefix + marks.getKey(), (double) (then - marks.getValue()), "kept");
            jedis.zadd(engine.prefix + marks.getKey(), (double) (then - marks.getValue() - 1), "forgotten");
        }

        reap(engine);

        assertThat(engine.members("settled")).contains("kept").doesNotContain("forgotten");
        assertThat(engine.members("reaped")).contains("kept").doesNotContain("forgotten");
    }

    @ParameterizedTest
    @CsvSource({"HALF_OPEN, own, OPEN", "HALF_OPEN, another, HALF_OPEN", "CLOSED, own, CLOSED"})
    void aProbeThatIsLostMattersIfItsKeyStillWaitsForIt(String state, String probe, String after) {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        engine.settle(engine.acquire(0), How.of("key_failed").failure("suspect"));
        engine.advanceMs(60_000);
        assertThat(engine.acquire(0).granted()).isTrue();
        assertThat(engine.hash("key:a")).containsEntry("state", "HALF_OPEN");
        jedis.hset(engine.prefix + "key:a", "state", state);
        if (probe.equals("another")) {
            jedis.hset(engine.prefix + "key:a", "probe", probe);
        }

        engine.advanceMs(TTL_MS);
        engine.acquire(Ask.tokens(0).withoutKeys("a"));

        assertThat(engine.hash("key:a")).containsEntry("state", after);
    }

    @Test
    void whoeverEndsALeaseCallsTheOneWhoWaitsForItsSlot() {
        Engine engine = engine(headroom(solo("a", concurrency(1)), solo("b", tokens(perMinute(1)))));
        engine.acquire(Ask.tokens(0).withoutKeys("b"));
        engine.advanceMs(TTL_MS - 1);
        Ask ask = Ask.tokens(0).withoutKeys("b");
        assertThat(engine.acquire("w", "r", ask).waits()).isTrue();
        engine.advanceMs(1);

        assertThat(engine.acquire(Ask.tokens(0).withoutKeys("a")).granted()).isTrue();

        assertThat(engine.members("called")).containsExactly("w/r");
    }

    @Test
    void whatALeaseReservedOfOtherLimitsIsNotGivenBack() {
        Answer lease = engine(headroom(solo("a", tokens(perMinute(600))))).acquire(300);
        Engine after = engine(headroom(solo("a", tokens(perMinute(1_200)))));

        after.settle(lease, How.success(0));

        assertThat(after.hash("key:a"))
                .containsEntry("in_flight", "0")
                .containsEntry("tokens_tat", "" + (Engine.NOON + 30_000_000));
    }

    @Test
    void noFewerThanNoneAreInFlight() {
        Engine engine = engine(headroom(solo("a", concurrency(2))));
        Answer lease = engine.acquire(0);
        jedis.hset(engine.prefix + "key:a", "in_flight", "0");

        engine.settle(lease, How.success(0));

        assertThat(engine.hash("key:a")).containsEntry("in_flight", "0");
    }

    @Test
    void theSameBlockIsTakenOnceForALoss() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        Answer one = engine.acquire(0);
        Answer two = engine.acquire(0);
        for (Answer lease : List.of(one, two)) {
            engine.settle(lease, How.of("rate_limited").block("key", 1_000));
        }

        assertThat(engine.hash("meta")).containsEntry("losses", "1");
    }

    @Test
    void whatIsDamagedIsSetAsideForAMinuteToTheMicrosecond() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        jedis.hset(engine.prefix + "key:a", "in_flight", "x".repeat(63) + "yz");
        engine.now += 1;

        engine.acquire(0);

        long again = engine.now + 60_000_000;
        String againMs = "" + (again / 1_000 + 1);
        assertThat(jedis.zscore(engine.prefix + "parked", "key:a")).isEqualTo((double) again);
        assertThat(engine.hash("key:a")).containsEntry("wait_until_ms", againMs);
        assertThat(engine.logged())
                .containsEntry("until_ms", againMs)
                .containsEntry("why", "DAMAGED key:a in_flight is " + "x".repeat(63) + "y, expected a number");
    }

    @Test
    void aBudgetThatIsLeftAloneIsNamedOnceAndForNoTime() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)).withOverall(concurrency(5)));
        Answer one = engine.acquire(0);
        jedis.hset(engine.prefix + "pool", "in_flight", "x");
        long before = jedis.xlen(engine.prefix + "log");

        engine.settle(one, How.success(0));

        assertThat(engine.logged()).containsEntry("what", "LEFT_ALONE").containsEntry("until_ms", "0");
        assertThat(jedis.xlen(engine.prefix + "log")).isEqualTo(before + 1);
    }

    @Test
    void theClockIsThatOfTheServer() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));
        jedis.hset(engine.prefix + "meta", "last_us", "0");
        List<String> words = engine.words("x", Ask.tokens(0));
        long before = serverUs();

        Reply reply = engine.scripts.run(
                Script.ACQUIRE,
                engine.prefix + "meta",
                Stream.concat(Stream.of(""), words.stream()).toList());

        assertThat(reply.number(1)).isBetween(before, serverUs());
    }

    private long serverUs() {
        List<?> time = (List<?>) jedis.eval("return redis.call('TIME')");
        return Long.parseLong(time.get(0).toString()) * 1_000_000
                + Long.parseLong(time.get(1).toString());
    }

    @Test
    void whatIsNoNumberIsRefusedByItsFirstSixtyFourCharacters() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)));

        assertThatThrownBy(() -> engine.acquireSentAt("x", Ask.tokens(0), "x".repeat(63) + "yz"))
                .hasMessageContaining("sent_us is " + "x".repeat(63) + "y, expected");
    }

    @Test
    void ofAnAccountWithClassesAllComeBackWhenItsKeyDoes() {
        Engine engine = engine(headroom(
                account("a", List.of(LimitConfig.of("x*"), LimitConfig.of("*")), key("k", 1, concurrency(1)))));
        Answer lease = engine.acquire(Ask.tokens(0).model("x"));
        engine.settle(lease, How.of("unused"));
        assertThat(engine.hash("account:a/2")).containsEntry("index", "ready");

        Answer again = engine.acquire(Ask.tokens(0).model("y"));
        engine.settle(again, How.of("rate_limited").block("key", 1_000));

        assertThat(engine.hash("account:a/1")).containsEntry("index", "parked");
        assertThat(engine.hash("account:a/2")).containsEntry("index", "parked");
    }
}
