package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code lua/lib/ring.lua}: a minute in sixty slots of a second. */
class SlidingWindowScriptTest extends ScriptTest {
    private static final long SECOND_US = 1_000_000;
    private static final LimitConfig TEN = requests(rate(10, Duration.ofMinutes(1), Mode.SLIDING_WINDOW));

    /** What is counted, each slot by the seconds since noon. */
    private String slots(Engine engine) {
        String stored = jedis.hget(engine.prefix + "windows", "key:a requests");
        return Arrays.stream((stored == null ? "" : stored).split(" ", -1))
                .filter(slot -> !slot.isEmpty())
                .map(slot -> slot.split(":", -1))
                .map(slot -> (Long.parseLong(slot[0]) - Engine.NOON / SECOND_US) + ":" + slot[1])
                .collect(Collectors.joining(" "));
    }

    @Test
    void whatComesBetweenIsCountedBetween() {
        Engine engine = engine(headroom(solo("a", TEN.withTokens(perMinute(600)))));
        engine.acquire(600);
        engine.acquire(Ask.tokens(300).waiting(60 * SECOND_US));
        engine.acquire(Ask.tokens(100).waiting(60 * SECOND_US));
        assertThat(slots(engine)).isEqualTo("0:1 30:1 40:1");

        jedis.hset(engine.prefix + "key:a", "tokens_tat", "0");
        engine.now += SECOND_US;
        Answer between = engine.acquire(0);
        assertThat(slots(engine)).isEqualTo("0:1 1:1 30:1 40:1");
        engine.acquire(0);
        assertThat(slots(engine)).isEqualTo("0:1 1:2 30:1 40:1");

        engine.settle(between, How.of("unused"));
        assertThat(slots(engine)).isEqualTo("0:1 1:1 30:1 40:1");
    }

    @Test
    void aSlotThatIsEmptyIsForgotten() {
        Engine engine = engine(headroom(solo("a", TEN)));
        Answer one = engine.acquire(0);
        engine.now += SECOND_US;
        engine.acquire(0);

        engine.settle(one, How.of("unused"));

        assertThat(slots(engine)).isEqualTo("1:1");
    }

    @Test
    void aSlotCountsUntilItsLastInstantIsAMinuteOld() {
        Engine engine = engine(headroom(solo("a", TEN)));
        engine.acquire(0);
        engine.now += 61 * SECOND_US - 1;
        engine.acquire(0);
        assertThat(slots(engine)).isEqualTo("0:1 60:1");
        assertThat(engine.hash("key:a")).containsEntry("requests_left", "8");

        engine.now += 1;
        Answer answer = engine.acquire(0);
        assertThat(slots(engine)).isEqualTo("60:1 61:1");

        engine.now = Engine.NOON + 121 * SECOND_US;
        engine.settle(answer, How.success(0));
        assertThat(engine.hash("key:a")).containsEntry("requests_left", "9");
        engine.acquire(0);
        assertThat(slots(engine)).isEqualTo("61:1 121:1");
        assertThat(engine.hash("key:a")).containsEntry("requests_left", "8");
    }

    @Test
    void whatIsGivenBackTooLateIsNotCountedBelowNothing() {
        Engine engine = engine(headroom(solo("a", TEN)));
        Answer lease = engine.acquire(0);
        engine.renew(lease.id());
        for (int i = 0; i < 3; i++) {
            engine.advanceMs(25_000);
            engine.renew(lease.id());
        }
        engine.acquire(0);
        assertThat(slots(engine)).isEqualTo("75:1");

        engine.settle(lease, How.of("unused"));

        assertThat(slots(engine)).isEqualTo("75:1");
    }

    @Test
    void ofASmallerLimitNoLessThanNothingIsLeft() {
        Engine before = engine(headroom(solo("a", TEN)));
        Answer lease = before.acquire(0);
        for (int i = 0; i < 6; i++) {
            before.acquire(0);
        }
        Engine after = engine(headroom(solo("a", requests(rate(5, Duration.ofMinutes(1), Mode.SLIDING_WINDOW)))));

        after.settle(lease, How.success(0));

        assertThat(after.hash("key:a").get("requests_left")).isNotEqualTo("-1");
    }

    @Test
    void anotherWayOfCountingForgetsTheSlots() {
        engine(headroom(solo("a", TEN))).acquire(0);

        Engine after = engine(headroom(solo("a", requests(perMinute(10)))));

        assertThat(slots(after)).isEmpty();
        assertThat(after.hash("key:a")).containsEntry("requests_tat", "" + (Engine.NOON + 6 * SECOND_US));
    }

    @Test
    void whatNeverHadSlotsHasNoneToForget() {
        engine(headroom(solo("a", requests(perMinute(10))))).acquire(0);

        Engine after = engine(headroom(solo("a", requests(rate(10, Duration.ofMinutes(2), Mode.BUCKET)))));

        assertThat(jedis.hexists(after.prefix + "windows", "key:a requests")).isFalse();
    }
}
