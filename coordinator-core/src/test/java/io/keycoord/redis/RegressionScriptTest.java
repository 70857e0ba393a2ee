package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What once went wrong in the scripts. */
class RegressionScriptTest extends ScriptTest {

    @Test
    void aKeysFreedSlotOpensAllClassesOfItsAccount() {
        Engine engine = engine(headroom(
                account("a", List.of(LimitConfig.of("x*"), LimitConfig.of("y*")), key("k1", 1, concurrency(1)))));
        Answer x = engine.acquire("1", Ask.tokens(0).model("x"));
        assertThat(engine.acquire("2", Ask.tokens(0).model("y")).reason()).isEqualTo("CONCURRENCY");

        engine.settle(x, How.success(0));

        assertThat(engine.acquire("3", Ask.tokens(0).model("y")).granted()).isTrue();
    }

    @Test
    void aReapedLeaseOpensAllClassesOfItsAccount() {
        Engine engine = engine(headroom(
                account("a", List.of(LimitConfig.of("x*"), LimitConfig.of("y*")), key("k1", 1, concurrency(1)))));
        engine.acquire("1", Ask.tokens(0).model("x"));
        engine.acquire("2", Ask.tokens(0).model("y"));
        engine.advanceMs(30_000);

        assertThat(engine.acquire("3", Ask.tokens(0).model("y")).granted()).isTrue();
    }

    @Test
    void anAcquireWhoseLeaseWasReapedCanBeCancelled() {
        Engine engine = engine(headroom(solo("a", concurrency(1))));
        Answer lost = engine.acquire(0);
        engine.advanceMs(30_000);
        engine.acquire(0);

        assertThat(engine.settle(lost.id(), "", How.of("unused")).status()).isEqualTo("LATE");
        assertThat(engine.settle(lost.id(), "", How.of("unused")).status()).isEqualTo("DUPLICATE");
    }

    @Test
    void aReapedLeaseIsNotGrantedASecondTime() {
        Engine engine = engine(headroom(solo("a", concurrency(2))));
        engine.acquire("x", Ask.tokens(0));
        engine.advanceMs(30_000);
        engine.acquire("y", Ask.tokens(0));

        assertThat(engine.acquire("x", Ask.tokens(0)).reply().status()).isEqualTo("STALE");
    }

    @Test
    void unitsParkedWhileTheSearchGoesOnHideNoOther() {
        AccountConfig[] accounts = IntStream.range(0, 24)
                .mapToObj(i -> account(
                        "a" + i,
                        List.of(
                                LimitConfig.of("x*").withRequests(perMinute(60)),
                                LimitConfig.of("y*").withRequests(perMinute(60))),
                        key("k" + i, 1, concurrency(1))))
                .toArray(AccountConfig[]::new);
        Engine engine = engine(headroom(accounts));
        for (int i = 0; i < 23; i++) {
            assertThat(engine.acquire("x" + i, Ask.tokens(0).model("x")).granted())
                    .isTrue();
        }

        assertThat(engine.acquire("y", Ask.tokens(0).model("y")).granted()).isTrue();
    }

    @Test
    void aRemovedKeyLeavesNoSlotInUse() {
        Engine both = engine(headroom(account("a", concurrency(2), "k1", "k2")));
        Answer first = both.acquire("1", Ask.tokens(0).withoutKeys("k2"));
        Engine one = engine(headroom(account("a", concurrency(2), "k2")));
        one.scripts.run(Script.REGISTER, one.prefix + "meta", List.of("" + one.now, "remove", "r", "full", "key:k1"));

        one.settle(first, How.success(0));

        assertThat(one.hash("account:a")).containsEntry("in_flight", "0");
    }

    @Test
    void anInspectedKeyShowsItsOwnSlidingWindow() {
        Engine engine = engine(headroom(account(
                "a",
                List.of(LimitConfig.NONE),
                key("k1", 1, requests(rate(5, Duration.ofMinutes(1), Mode.SLIDING_WINDOW))))));
        engine.acquire(0);

        Reply reply = engine.scripts.run(
                Script.INSPECT, engine.prefix + "meta", List.of("" + engine.now, "entities", "key:k1"));

        assertThat(reply.fields().get(2).toString()).contains("requests_left, 4,");
    }

    @Test
    void aLimitOfAnotherWindowKeepsWhatWasUsed() {
        Engine minute = engine(headroom(solo("a", tokens(perMinute(600)))));
        minute.acquire(500);

        Engine day = engine(headroom(solo("a", tokens(rate(1000, Duration.ofDays(1), Mode.FIXED_WINDOW)))));

        assertThat(day.acquire(501).granted()).isFalse();
        assertThat(day.acquire(500).granted()).isTrue();
    }

    @Test
    void aSlidingWindowMadeLongerForgetsNothingAndBlocksNotForEver() {
        Engine minute = engine(headroom(solo("a", requests(rate(3, Duration.ofMinutes(1), Mode.SLIDING_WINDOW)))));
        minute.acquire(0);

        Engine hour = engine(headroom(solo("a", requests(rate(3, Duration.ofHours(1), Mode.SLIDING_WINDOW)))));

        assertThat(hour.acquire(0).granted()).isTrue();
        assertThat(hour.acquire(0).granted()).isTrue();
        assertThat(hour.acquire(0).hintUs()).isBetween(3_600_000_000L, 3_700_000_000L);
    }
}
