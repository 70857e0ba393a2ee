package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code lua/lib/fixed.lua} and {@code lua/lib/window.lua}: a minute of ten calls, each of which may arrive five seconds late. */
class FixedWindowScriptTest extends ScriptTest {
    private static final long MINUTE_US = 60_000_000;
    private static final long FIRST = Engine.NOON / MINUTE_US;
    private static final RateLimit TEN = rate(10, Duration.ofMinutes(1), Mode.FIXED_WINDOW);

    private Engine engine;

    @BeforeEach
    void startInAWindow() {
        engine = engine(headroom(solo("a", requests(TEN.withArrivalJitter(Duration.ofSeconds(5))))));
        engine.acquire(0);
    }

    private Answer at(long seconds) {
        engine.now = Engine.NOON + seconds * 1_000_000;
        return engine.acquire(0);
    }

    private void assertCounts(long window, long used, long next) {
        assertThat(engine.hash("key:a"))
                .containsEntry("requests_window", "" + (FIRST + window))
                .containsEntry("requests_used", "" + used)
                .containsEntry("requests_next", "" + next);
    }

    private void counts(long used, long next) {
        jedis.hset(engine.prefix + "key:a", Map.of("requests_used", "" + used, "requests_next", "" + next));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "54999999, 0", "55000000, 1", "59999999, 1"})
    void whoMayArriveInTheNextWindowCountsInBoth(long afterUs, long next) {
        engine.now += afterUs;
        engine.acquire(0);

        assertCounts(0, 2, next);
        engine.now = Engine.NOON + MINUTE_US;
        engine.acquire(0);
        assertCounts(1, next + 1, 0);
    }

    @Test
    void aMillisecondIsEnoughToArriveInTheNextDay() {
        Duration day = Duration.ofDays(1);
        engine = engine(headroom(
                solo("b", requests(rate(10, day, Mode.FIXED_WINDOW).withArrivalJitter(Duration.ofMillis(1))))));
        engine.now += day.toNanos() / 2_000 - 1_001;
        engine.acquire(0);
        engine.now += 1;
        engine.acquire(0);

        assertThat(engine.hash("key:b")).containsEntry("requests_used", "2").containsEntry("requests_next", "1");
    }

    @Test
    void twoThatMayArriveLateCountTwiceInTheNextWindow() {
        at(56);
        at(57);

        assertCounts(0, 3, 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatIsGivenBackLeavesEachWindowItCountedIn(long window) {
        Answer early = at(window * 60 + 40);
        Answer late = at(window * 60 + 56);
        at(window * 60 + 57);
        assertCounts(window, 3, 2);

        engine.settle(early, How.of("unused"));
        assertCounts(window, 2, 2);
        engine.settle(late, How.of("unused"));
        assertCounts(window, 1, 1);
    }

    @Test
    void anAccountIsOutOfTheWayUntilTheFirstWindowThatHasRoom() {
        counts(9, 9);
        at(1);
        assertThat(jedis.zscore(engine.prefix + "parked", "key:a")).isEqualTo(Engine.NOON + 60_000_000d);

        counts(9, 10);
        at(30);
        assertThat(jedis.zscore(engine.prefix + "parked", "key:a")).isEqualTo(Engine.NOON + 120_000_000d);
    }

    @Test
    void inTheNextWindowOnlyWhoMayHaveArrivedInItGivesBack() {
        Answer early = at(40);
        Answer late = at(56);
        at(57);
        at(61);
        assertCounts(1, 3, 0);

        engine.settle(early, How.of("unused"));
        assertCounts(1, 3, 0);
        engine.settle(late, How.of("unused"));
        assertCounts(1, 2, 0);
    }

    @Test
    void theLastThatGivesBackLeavesNothing() {
        Answer late = at(56);
        engine.now = Engine.NOON + MINUTE_US + 1;
        engine.settle(late, How.of("unused"));

        assertCounts(1, 0, 0);
    }

    @Test
    void afterTwoWindowsNothingIsGivenBack() {
        RateLimit ten = rate(10, Duration.ofSeconds(10), Mode.FIXED_WINDOW).withArrivalJitter(Duration.ofSeconds(5));
        engine = engine(headroom(solo("b", requests(ten))));
        Answer late = at(9);
        at(20);
        Answer early = engine.acquire(0);

        engine.settle(late, How.of("unused"));
        assertThat(engine.hash("key:b")).containsEntry("requests_used", "2");
        engine.settle(early, How.of("unused"));
        assertThat(engine.hash("key:b")).containsEntry("requests_used", "1");
    }

    @Test
    void moreThanIsCountedCannotBeGivenBack() {
        Answer late = at(56);
        Answer later = at(57);
        counts(0, 0);
        engine.settle(late, How.of("unused"));
        assertCounts(0, 0, 0);

        engine.now = Engine.NOON + MINUTE_US;
        engine.settle(later, How.of("unused"));
        assertCounts(1, 0, 0);
    }

    @Test
    void aReservationInTheNextWindowCountsThereAndGivesBackThere() {
        for (int i = 0; i < 9; i++) {
            engine.acquire(0);
        }
        Answer reserved = engine.acquire(Ask.tokens(0).waiting(MINUTE_US));
        engine.acquire(Ask.tokens(0).waiting(MINUTE_US));
        assertThat(reserved.waitUs()).isEqualTo(MINUTE_US);
        assertCounts(0, 10, 2);

        engine.settle(reserved, How.of("unused"));
        assertCounts(0, 10, 1);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 9, 0, true, 0",
        "0, 10, 0, false, 60",
        "0, 10, 9, false, 60",
        "0, 10, 10, false, 120",
        "54, 0, 10, true, 0",
        "56, 0, 9, true, 0",
        "56, 0, 10, false, 64",
        "56, 9, 9, true, 0",
        "56, 10, 9, false, 4"
    })
    void aCallNeedsRoomInEachWindowItMayArriveIn(long seconds, long used, long next, boolean admitted, long hint) {
        counts(used, next);

        Answer answer = at(seconds);

        assertThat(answer.granted()).isEqualTo(admitted);
        if (!admitted) {
            assertThat(answer.hintUs()).isEqualTo(hint * 1_000_000);
        }
    }

    @Test
    void whatAProviderHasLeftRaisesACountAndNeverLowersIt() {
        Answer one = engine.acquire(0);
        Answer two = engine.acquire(0);
        engine.settle(one, How.success(0).learnt("requests 60000 0 4"));
        assertCounts(0, 6, 0);
        engine.settle(two, How.success(0).learnt("requests 60000 0 9"));
        assertCounts(0, 6, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"FIXED_WINDOW", "SLIDING_WINDOW"})
    void aDayEndsAtItsLastMicrosecond(Mode mode) {
        Duration day = Duration.ofDays(1);
        engine = engine(headroom(solo("b", requests(rate(10, day, mode)))));
        engine.now += day.toNanos() / 2_000 - 500;
        engine.acquire(0);

        long days = Engine.NOON / (day.toNanos() / 1_000);
        if (mode == Mode.FIXED_WINDOW) {
            assertThat(engine.hash("key:b"))
                    .containsEntry("requests_window", "" + days)
                    .containsEntry("requests_used", "1")
                    .containsEntry("requests_left", "9");
        } else {
            assertThat(engine.hash("windows")).containsEntry("key:b requests", (days + 1) * 60 + ":1");
        }
    }

    @Test
    void aLimitThatHasFilledUpAgainIsFull() {
        engine = engine(headroom(solo("b", tokens(rate(120_000_000, Duration.ofMinutes(1), Mode.BUCKET)))));
        Answer lease = engine.acquire(10);
        engine.advanceMs(1_000);
        engine.settle(lease, How.success(10));

        assertThat(engine.hash("key:b")).containsEntry("tokens_left", "120000000");
    }
}
