package io.keycoord.redis;

import static io.keycoord.Priority.BATCH;
import static io.keycoord.Priority.INTERACTIVE;
import static io.keycoord.Priority.NORMAL;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.HeadroomConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code lua/lib/priority.lua}: shares and steps to the unit. */
class PriorityBoundsTest extends ScriptTest {
    private static final Duration AGEING = Duration.ofSeconds(1);
    private static final Ask ONE = Ask.tokens(1);

    private Engine engine(HeadroomConfig shares, AccountConfig... accounts) {
        return engine(headroom(accounts).withHeadroom(shares));
    }

    private static long granted(Engine engine, Ask ask) {
        return IntStream.range(0, 200)
                .takeWhile(i -> engine.acquire(ask).granted())
                .count();
    }

    static Stream<Arguments> ofAHundredAndTen() {
        return Stream.of(
                Arguments.of(concurrency(110), 11),
                // A call takes a little more than its share of the minute, which is rounded up.
                Arguments.of(requests(perMinute(110)), 10),
                Arguments.of(tokens(rate(110, Duration.ofMinutes(1), Mode.FIXED_WINDOW)), 11),
                Arguments.of(requests(rate(110, Duration.ofMinutes(1), Mode.SLIDING_WINDOW)), 11));
    }

    @ParameterizedTest
    @MethodSource("ofAHundredAndTen")
    void ninetyPercentOfAHundredAndTenAreLeft(LimitConfig limits, long admitted) {
        Engine engine = engine(new HeadroomConfig(90, 90, AGEING), solo("a", limits));

        assertThat(granted(engine, ONE)).isEqualTo(admitted);
    }

    @Test
    void onePercentIsAShare() {
        Engine engine = engine(new HeadroomConfig(1, 1, AGEING), solo("a", concurrency(100)));

        assertThat(granted(engine, ONE)).isEqualTo(99);
        assertThat(granted(engine, ONE.as(INTERACTIVE))).isEqualTo(1);
    }

    @Test
    void whoBeganToWaitLaterThanNowHasNotWaited() {
        Engine engine = engine(new HeadroomConfig(10, 30, AGEING), solo("a", concurrency(10)));
        for (int i = 0; i < 7; i++) {
            engine.acquire(ONE);
        }

        assertThat(engine.acquire("w", "r", engine.now + 5, ONE.as(BATCH)).granted())
                .isFalse();
        assertThat(engine.acquire("w", "r", engine.now + 5, ONE).granted()).isTrue();
    }

    @Test
    void aStepOfImportanceIsWorthOneAgeing() {
        assertThat(calledAfter(999)).isEqualTo("interactive/r");
        jedis.flushAll();
        assertThat(calledAfter(1_001)).isEqualTo("normal/r");
    }

    private String calledAfter(long ms) {
        Engine engine = engine(new HeadroomConfig(0, 0, AGEING), solo("a", concurrency(1)));
        Answer held = engine.acquire(ONE);
        engine.acquire("normal", "r", ONE);
        engine.advanceMs(ms);
        engine.acquire("interactive", "r", ONE.as(INTERACTIVE));
        engine.settle(held, How.success(1));
        return String.join(",", engine.members("called"));
    }

    @Test
    void aDamagedTextIsNamedByItsFirstSixtyFourCharacters() {
        Engine engine = engine(new HeadroomConfig(10, 30, AGEING), solo("a", LimitConfig.NONE));
        jedis.hset(engine.prefix + "meta", "headroom", "x".repeat(63) + "yz");

        assertThatThrownBy(() -> engine.acquire(ONE.as(NORMAL)))
                .hasMessageContaining("headroom is " + "x".repeat(63) + "y, expected");
    }
}
