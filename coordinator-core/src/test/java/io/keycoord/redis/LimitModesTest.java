package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Counted;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.RateLimit.Refund;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The ways of counting, in {@code lua/lib/limit.lua} and {@code lua/lib/calendar.lua}. */
class LimitModesTest extends ScriptTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @Test
    void aSlidingWindowNeverHoldsMoreThanItsLimit() {
        Engine engine = engine(headroom(solo("a", requests(rate(7, MINUTE, Mode.SLIDING_WINDOW)))));
        SplittableRandom random = new SplittableRandom(1);
        List<Long> grants = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            engine.now += random.nextLong(6_000_000);
            if (engine.acquire(0).granted()) {
                grants.add(engine.now);
            }
        }

        assertThat(grants).hasSizeGreaterThan(100);
        for (int i = 7; i < grants.size(); i++) {
            assertThat(grants.get(i) - grants.get(i - 7)).isGreaterThanOrEqualTo(60_000_000);
        }
    }

    @Test
    void aMinuteAndADayBothHold() {
        LimitConfig limits = LimitConfig.of("*")
                .withRequests(rate(3, MINUTE, Mode.BUCKET), rate(5, Duration.ofDays(1), Mode.FIXED_WINDOW));
        Engine engine = engine(headroom(solo("a", limits)));
        for (int i = 0; i < 3; i++) {
            assertThat(engine.acquire(0).granted()).isTrue();
        }
        assertThat(engine.acquire(0).hintUs()).isEqualTo(20_000_000);

        engine.advanceMs(40_000);
        Answer unused = engine.acquire(0);
        assertThat(engine.acquire(0).granted()).isTrue();

        long midnight = 43_200_000_000L - 40_000_000;
        assertThat(engine.acquire(0).hintUs()).isEqualTo(midnight);
        assertThat(engine.hash("key:a"))
                .containsEntry("requests_86400s_left", "0")
                .containsEntry("wait_for", "requests");

        engine.settle(unused, How.of("unused"));
        assertThat(engine.acquire(0).granted()).isTrue();
    }

    @Test
    void aSecondWindowThatIsAddedBeginsFull() {
        Engine before = engine(headroom(solo("a", requests(rate(3, MINUTE, Mode.BUCKET)))));
        before.acquire(0);
        LimitConfig both = LimitConfig.of("*")
                .withRequests(rate(3, MINUTE, Mode.BUCKET), rate(9, Duration.ofDays(1), Mode.BUCKET));

        Engine after = engine(headroom(solo("a", both)));

        assertThat(IntStream.range(0, 3).filter(i -> after.acquire(0).granted()).count())
                .isEqualTo(2);
        assertThat(after.hash("key:a")).containsEntry("requests_86400s_left", "7");
    }

    @Test
    void aSlidingWindowTellsTheExactWait() {
        Engine engine = engine(headroom(solo("a", requests(rate(1, MINUTE, Mode.SLIDING_WINDOW)))));
        engine.acquire(0);
        long hint = engine.acquire(0).hintUs();

        engine.now += hint - 1;
        assertThat(engine.acquire(0).granted()).isFalse();
        engine.now += 1;
        assertThat(engine.acquire(0).granted()).isTrue();
        assertThat(hint).isBetween(60_000_000L, 61_000_000L);
    }

    @Test
    void anUnusedLeaseLeavesTheSlidingWindow() {
        Engine engine = engine(headroom(solo("a", requests(rate(1, MINUTE, Mode.SLIDING_WINDOW)))));
        engine.settle(engine.acquire(0), How.of("unused"));

        assertThat(engine.acquire(0).granted()).isTrue();
    }

    @Test
    void slidingTokensStayBelowTheLimitInAnyWindow() {
        Engine engine = engine(headroom(solo("a", tokens(rate(1000, MINUTE, Mode.SLIDING_WINDOW)))));
        SplittableRandom random = new SplittableRandom(2);
        List<long[]> grants = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            engine.now += random.nextLong(1_500_000);
            long cost = 1 + random.nextLong(50);
            if (engine.acquire(cost).granted()) {
                grants.add(new long[] {engine.now, cost});
            }
        }
        for (long[] last : grants) {
            long sum = grants.stream()
                    .filter(g -> g[0] <= last[0] && g[0] > last[0] - 60_000_000)
                    .mapToLong(g -> g[1])
                    .sum();
            assertThat(sum).isLessThanOrEqualTo(1000);
        }
        assertThat(grants).hasSizeGreaterThan(200);
    }

    @Test
    void aFixedWindowBeginsAnewAtTheFullMinute() {
        Engine engine = engine(headroom(solo("a", requests(rate(2, MINUTE, Mode.FIXED_WINDOW)))));
        engine.now += 50_000_000;
        engine.acquire(0);
        engine.acquire(0);

        assertThat(engine.acquire(0).hintUs()).isEqualTo(10_000_000);
        engine.now += 10_000_000;
        assertThat(engine.acquire(0).granted()).isTrue();
    }

    @Test
    void whatIsGrantedJustBeforeTheResetCountsInBothWindows() {
        RateLimit limit =
                new RateLimit(2, MINUTE, Mode.FIXED_WINDOW, 2, Duration.ofMillis(250), Refund.SAFE, Counted.ADMISSION);
        Engine engine = engine(headroom(solo("a", requests(limit))));
        engine.now += 59_800_000;
        Answer late = engine.acquire(0);
        engine.now += 200_000;

        assertThat(engine.acquire(0).granted()).isTrue();
        assertThat(engine.acquire(0).granted()).isFalse();
        engine.settle(late, How.of("unused"));
        assertThat(engine.acquire(0).granted()).isTrue();
    }

    @Test
    void reservesInTheNextWindowButNotBeyond() {
        Engine engine = engine(headroom(solo("a", tokens(rate(100, MINUTE, Mode.FIXED_WINDOW)))));
        engine.acquire(100);

        assertThat(engine.acquire("1", Ask.tokens(80).waiting(600_000_000)).waitUs())
                .isEqualTo(60_000_000);
        Answer beyond = engine.acquire("2", Ask.tokens(80).waiting(600_000_000));
        assertThat(beyond.granted()).isFalse();
        assertThat(beyond.hintUs()).isEqualTo(120_000_000);
    }

    @Test
    void aDayIsCountedInMilliseconds() {
        Engine engine = engine(headroom(solo("a", requests(rate(2, Duration.ofDays(1), Mode.FIXED_WINDOW)))));
        engine.acquire(0);
        engine.acquire(0);

        assertThat(engine.acquire(0).hintUs()).isEqualTo(midnight("UTC", engine.now) - engine.now);
    }

    @Test
    void thePacificDayFollowsSummerTime() {
        LimitConfig limits = requests(rate(1, Duration.ofDays(1), Mode.FIXED_PACIFIC_DAY));
        ZonedDateTime start = ZonedDateTime.of(2027, 2, 27, 17, 0, 0, 0, ZoneId.of("America/Los_Angeles"));
        Engine engine = engine(headroom(solo("a", limits)));
        for (int day = 0; day < 300; day += 3) {
            engine.now = start.plusDays(day).toInstant().toEpochMilli() * 1000;
            assertThat(engine.acquire(0).granted()).isTrue();
            assertThat(engine.acquire(0).hintUs())
                    .as("day %s", day)
                    .isEqualTo(midnight("America/Los_Angeles", engine.now) - engine.now);
        }
    }

    @Test
    void arrivalJitterMakesTheBucketSmaller() {
        RateLimit limit =
                new RateLimit(60, MINUTE, Mode.BUCKET, 60, Duration.ofSeconds(2), Refund.SAFE, Counted.ADMISSION);
        Engine engine = engine(headroom(solo("a", requests(limit))));
        int granted = 0;
        while (engine.acquire(0).granted()) {
            granted++;
        }

        assertThat(granted).isEqualTo(58);
    }

    @Test
    void aBucketOfOneIsSpacedByTheJitter() {
        RateLimit limit =
                new RateLimit(60, MINUTE, Mode.BUCKET, 1, Duration.ofMillis(250), Refund.SAFE, Counted.ADMISSION);
        Engine engine = engine(headroom(solo("a", requests(limit))));
        engine.acquire(0);

        assertThat(engine.acquire(0).hintUs()).isEqualTo(1_250_000);
    }

    private static long midnight(String zone, long micros) {
        ZonedDateTime now = Instant.ofEpochMilli(micros / 1000).atZone(ZoneId.of(zone));
        return now.toLocalDate()
                        .plusDays(1)
                        .atStartOfDay(now.getZone())
                        .toInstant()
                        .toEpochMilli()
                * 1000;
    }
}
