package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.rate;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.TenantConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Leases that begin later: fixed windows know the present one and the next, and so far they reach. */
class ReservationScriptTest extends ScriptTest {
    private static final long DAY_US = Duration.ofDays(1).toNanos() / 1_000;

    private static RateLimit window(int seconds, int jitterSeconds) {
        return rate(100, Duration.ofSeconds(seconds), Mode.FIXED_WINDOW)
                .withArrivalJitter(Duration.ofSeconds(jitterSeconds));
    }

    private static void assertWaits(Answer answer, long waitUs, boolean reserved) {
        assertThat(answer.granted()).isEqualTo(reserved);
        assertThat(reserved ? answer.waitUs() : answer.hintUs()).isEqualTo(waitUs);
    }

    @ParameterizedTest
    @CsvSource({"10, false", "15, false", "20, true", "60, true"})
    void noFurtherThanTheWindowsOfABudgetReach(int seconds, boolean reserved) {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(600))))
                .withTenants(TenantConfig.of("search", requests(window(seconds, 0)))));
        engine.acquire(600);

        assertWaits(engine.acquire(Ask.tokens(300).tenant("search").waiting(60_000_000)), 30_000_000, reserved);
    }

    @ParameterizedTest
    @CsvSource({"10, 60, false", "60, 10, false", "60, 60, true"})
    void noFurtherThanTheWindowsOfAnAccountAndOfItsKeyReach(int accounts, int keys, boolean reserved) {
        LimitConfig limits = tokens(perMinute(600)).withRequests(window(accounts, 0));
        Engine engine = engine(headroom(account("a", List.of(limits), key("k", 1, requests(window(keys, 0))))));
        engine.acquire(600);

        assertWaits(engine.acquire(Ask.tokens(300).waiting(60_000_000)), 30_000_000, reserved);
    }

    @ParameterizedTest
    @CsvSource({"0, 280, 56, true", "30, 350, 70, true", "30, 430, 86, false"})
    void notInTheEndOfTheNextWindowFromWhichACallMayArriveInTheOneAfterIt(
            int afterSeconds, long tokens, long seconds, boolean reserved) {
        LimitConfig limits =
                tokens(rate(600, Duration.ofMinutes(2), Mode.BUCKET)).withRequests(window(60, 5));
        Engine engine = engine(headroom(solo("a", limits)));
        engine.advanceMs(afterSeconds * 1_000L);
        engine.acquire(600);

        assertWaits(engine.acquire(Ask.tokens(tokens).waiting(120_000_000)), seconds * 1_000_000, reserved);
    }

    @ParameterizedTest
    @CsvSource({"0, true", "5, false"})
    void theLastMillisecondOfADayBelongsToIt(int jitterSeconds, boolean reserved) {
        LimitConfig limits = tokens(rate(600, Duration.ofHours(12), Mode.BUCKET))
                .withRequests(window((int) Duration.ofDays(1).toSeconds(), jitterSeconds));
        Engine engine = engine(headroom(solo("a", limits)));
        engine.now += DAY_US / 2 - 250;
        engine.acquire(600);
        assertWaits(engine.acquire(Ask.tokens(600).waiting(DAY_US)), DAY_US / 2, true);

        assertWaits(engine.acquire(Ask.tokens(600).waiting(DAY_US)), DAY_US, reserved);
    }

    @Test
    void notBeyondTheWaitThatIsAskedFor() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(600)))));
        engine.acquire(600);

        assertWaits(engine.acquire(Ask.tokens(300).waiting(29_999_999)), 30_000_000, false);
        assertWaits(engine.acquire(Ask.tokens(300).waiting(30_000_000)), 30_000_000, true);
    }
}
