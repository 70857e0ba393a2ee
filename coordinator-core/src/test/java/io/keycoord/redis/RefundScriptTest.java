package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code lua/lib/refund.lua}: what is given back of a bucket, and what it keeps of that. */
class RefundScriptTest extends ScriptTest {
    private static final long WRAP = 1L << 51;
    private static final RateLimit DAY =
            RateLimit.of(1_000, Duration.ofDays(1)).withMode(Mode.FIXED_WINDOW).withArrivalJitter(Duration.ZERO);

    private Engine only(LimitConfig limits) {
        return engine(headroom(solo("a", limits)));
    }

    private static String field(Engine engine, String name) {
        return String.valueOf(engine.hash("key:a").get(name));
    }

    /** Of a bucket of ten tokens a second, after two leases of which the second gives back all. */
    @ParameterizedTest
    @CsvSource({
        // 30 s of the line, of which 10 s were given back since
        "300, 100, 500, 29999995",
        // 10 s of the line, and 30 s were given back since: it may have nothing any more
        "100, 300, 500, 29999995"
    })
    void theTimeGivenBackGoesRound(long first, long second, long left, long back) {
        Engine engine = only(tokens(perMinute(600)));
        jedis.hset(engine.prefix + "key:a", "tokens_back", "" + (WRAP - 5));
        Answer one = engine.acquire(first);
        Answer two = engine.acquire(second);

        engine.settle(two, How.success(0));
        engine.settle(one, How.success(0));

        assertThat(engine.hash("key:a"))
                .containsEntry("tokens_left", "" + left)
                .containsEntry("tokens_back", "" + back);
    }

    @Test
    void aReservationThatHasBegunIsRememberedNoMore() {
        Engine engine = only(tokens(perMinute(60)));
        long begun = engine.now;
        engine.settle(engine.acquire(5), How.success(0));
        Answer whole = engine.acquire(60);
        Answer ahead = engine.acquire(Ask.tokens(10).waiting(10_000_000));
        assertThat(ahead.waitUs()).isEqualTo(10_000_000);
        assertThat(field(engine, "tokens_back"))
                .as("given back, its start, and what lies before it beyond that")
                .isEqualTo("5000000 " + (begun + 10_000_000) + " 50000000");
        engine.advanceMs(10_000);

        engine.settle(whole, How.success(0));

        assertThat(engine.hash("key:a")).containsEntry("tokens_left", "50").containsEntry("tokens_back", "55000000");
    }

    @Test
    void whatLiesBeforeReservationsIsTheLeastOfThem() {
        Engine engine = only(tokens(perMinute(60)));
        long begun = engine.now;
        engine.acquire(30);
        Answer second = engine.acquire(30);
        engine.acquire(Ask.tokens(10).waiting(60_000_000));
        engine.settle(second, How.success(0));

        assertThat(engine.acquire(Ask.tokens(30).waiting(60_000_000)).waitUs()).isEqualTo(10_000_000);

        assertThat(field(engine, "tokens_back")).isEqualTo("30000000 " + (begun + 10_000_000) + " 20000000");
    }

    @Test
    void aMicrosecondIsGivenBack() {
        Engine engine = only(tokens(perMinute(60)));
        Answer lease = engine.acquire(1);
        engine.now += 999_999;

        engine.settle(lease, How.success(0));

        assertThat(field(engine, "tokens_back")).isEqualTo("1");
    }

    @Test
    void limitsOfADayGiveBackWhatLiesAfterTheMillisecondUnderWay() {
        Engine engine = only(requests(Pools.rate(100, Duration.ofDays(1), Mode.BUCKET)));
        long millis = engine.now / 1000;
        Answer lease = engine.acquire(1);
        engine.now += 1_000_500;

        engine.settle(lease, How.of("unused"));

        assertThat(field(engine, "requests_tat")).isEqualTo("" + (millis + 1_001));
    }

    @Test
    void aBucketThatIsIdleHasNothingThatCouldBeGivenBack() {
        Engine engine = only(tokens(perMinute(60)));
        engine.settle(engine.acquire(60), How.success(60));
        engine.advanceMs(120_000);

        engine.report("a", 0, "*", "tokens 60000 0 0");

        assertThat(engine.hash("key:a")).containsEntry("tokens_left", "0").containsEntry("tokens_back", "0");
    }

    @Test
    void atAPaceAPartOfAMicrosecondIsNotGivenBack() {
        Engine engine = only(tokens(perMinute(6_100)));
        engine.settle(engine.acquire(1), How.success(1).learnt("tokens 60000 4600 6100"));
        assertThat(field(engine, "pace")).startsWith("tokens:6:");
        engine.advanceMs(60_000);

        engine.settle(engine.acquire(1), How.success(0));

        assertThat(field(engine, "tokens_tat"))
                .as("13,116 us were charged, 13,114 of 13,114.67 are given back")
                .isEqualTo("" + (engine.now + 2));
    }

    @Test
    void atAPaceAWindowTakesMoreAndGivesBackMore() {
        Engine engine = only(tokens(DAY));
        engine.settle(engine.acquire(0), How.success(0).learnt("tokens 86400000 800 1000"));
        assertThat(field(engine, "pace")).startsWith("tokens:6:");

        Answer lease = engine.acquire(10);
        assertThat(field(engine, "tokens_left")).as("13.3 are 14").isEqualTo("986");
        engine.settle(lease, How.success(3));

        assertThat(field(engine, "tokens_left")).as("9.3 are 9").isEqualTo("995");
    }

    @Test
    void aWindowGivesBackUntilItsEnd() {
        Engine engine = only(tokens(DAY));
        engine.now += Duration.ofHours(12).toNanos() / 1000 - 500;

        engine.settle(engine.acquire(10), How.success(3));

        assertThat(field(engine, "tokens_left")).isEqualTo("997");
    }
}
