package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.keycoord.Dimension;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Counted;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.RateLimit.Refund;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code lua/settle.lua}: what a settlement does to limits, slots and blocks. */
class SettleScriptTest extends ScriptTest {
    private static final LimitConfig LIMITS = limits(perMinute(100), perMinute(1000), 10);

    @Test
    void givesBackWhatWasNotUsedOnce() {
        Engine engine = engine(headroom(account("a", LIMITS, "k1")));
        Answer lease = engine.acquire(1000);
        assertThat(engine.acquire(1000).granted()).isFalse();

        Reply settled = engine.settle(lease, How.success(400));

        assertThat(settled.status()).isEqualTo("SETTLED");
        assertThat(engine.settle(lease, How.success(400)).status()).isEqualTo("DUPLICATE");
        assertThat(engine.hash("account:a")).containsEntry("in_flight", "0").containsEntry("tokens_left", "600");
        assertThat(engine.acquire(601).granted()).isFalse();
        assertThat(engine.acquire(600).granted()).isTrue();
    }

    @Test
    void doesNotGiveBackWhatTimeHasForgivenAlready() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(600)))));
        Answer lease = engine.acquire(600);
        engine.advanceMs(60_000);

        engine.settle(lease, How.success(0));

        assertThat(engine.acquire(600).granted()).isTrue();
        assertThat(engine.acquire(1).granted())
                .as("the bucket holds no more than its burst")
                .isFalse();
    }

    @Test
    void chargesWhatWasUsedBeyondTheReservation() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(600)))));
        Answer lease = engine.acquire(100);

        engine.settle(lease, How.success(900));
        Answer next = engine.acquire(10);

        assertThat(next.hintUs())
                .as("300 beyond the bucket and 10 to come, at 10 a second")
                .isEqualTo(31_000_000);
    }

    @Test
    void keepsTheChargeOfACallWhoseUseIsUnknown() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(600)))));

        engine.settle(engine.acquire(600), How.of("aborted"));

        assertThat(engine.acquire(1).granted()).isFalse();
    }

    @Test
    void givesBackAnUnusedLeaseWholly() {
        RateLimit once = perMinute(1);
        Engine engine = engine(headroom(solo("a", limits(once, perMinute(10), 1))));

        engine.settle(engine.acquire(10), How.of("unused"));

        assertThat(engine.acquire(10).granted()).isTrue();
    }

    @Test
    void givesNothingBackWhereTheProviderDoesNot() {
        Engine engine = engine(headroom(solo("a", tokens(rate(Refund.NONE, Counted.ADMISSION)))));

        engine.settle(engine.acquire(600), How.success(1));

        assertThat(engine.acquire(1).granted()).isFalse();
    }

    @Test
    void chargesTheTruthAtTheEndWhereTheProviderCountsThen() {
        Engine engine = engine(headroom(solo("a", tokens(rate(Refund.SAFE, Counted.COMPLETION)))));
        Answer lease = engine.acquire(600);
        engine.advanceMs(60_000);

        engine.settle(lease, How.success(500));

        assertThat(engine.acquire(101).granted())
                .as("500 were counted just now")
                .isFalse();
        assertThat(engine.acquire(100).granted()).isTrue();
    }

    @Test
    void aLateSettlementOnlyAddsDebt() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(600))), solo("b", tokens(perMinute(600)))));
        Answer lease = engine.acquire(100);
        engine.advanceMs(30_000);
        engine.acquire(1);

        assertThat(engine.settle(lease, How.success(700)).status()).isEqualTo("LATE");
        assertThat(engine.hash("key:" + lease.key())).containsEntry("in_flight", "0");
        assertThat(Long.parseLong(engine.hash("key:" + lease.key()).get("tokens_left")))
                .isLessThan(600);
        assertThat(engine.settle(lease, How.success(700)).status()).isEqualTo("DUPLICATE");
    }

    @Test
    void aRateLimitBlocksTheAccountUntilItsTime() {
        Engine engine = engine(headroom(account("a", LIMITS, "k1", "k2")));

        engine.settle(engine.acquire(1), How.of("rate_limited").block("account_models", 5_000));

        Answer denied = engine.acquire(1);
        assertThat(denied.reason()).isEqualTo("BLOCKED");
        assertThat(denied.hintUs()).isEqualTo(5_000_000);
        assertThat(engine.hash("key:k1")).containsEntry("state", "CLOSED");
        engine.advanceMs(5_000);
        assertThat(engine.acquire(1).granted()).isTrue();
    }

    @Test
    void aBlockedKeyLeavesTheOthersOfItsAccount() {
        Engine engine = engine(headroom(account("a", LIMITS, "k1", "k2")));
        Answer first = engine.acquire(1);

        engine.settle(first, How.of("rate_limited").block("key", 5_000));

        assertThat(engine.acquire(1).key()).isNotEqualTo(first.key());
        assertThat(engine.acquire(1).key()).isNotEqualTo(first.key());
    }

    @Test
    void refusesARecordThatAcquireNeverGave() {
        Engine engine = engine(headroom(solo("a", LIMITS)));
        Answer lease = engine.acquire(1);

        assertThatIllegalStateException()
                .isThrownBy(() -> engine.settle(lease.id(), "key=a v=1", How.success(1)))
                .withMessageContaining("record");
        assertThat(engine.hash("key:a")).containsEntry("in_flight", "1");
    }

    @Test
    void renewsWhatIsHeldAndNamesWhatIsNot() {
        Engine engine = engine(headroom(solo("a", LIMITS)));
        Answer held = engine.acquire(1);
        Answer ended = engine.acquire(1);
        engine.settle(ended, How.success(1));
        engine.advanceMs(20_000);

        Reply renewed = engine.renew(held.id(), ended.id());

        assertThat(renewed.text(5)).isEqualTo(ended.id());
        engine.advanceMs(29_999);
        engine.acquire(1);
        assertThat(engine.settle(held, How.success(1)).status()).isEqualTo("SETTLED");
    }

    @Test
    void namesTheReservationsWhoseKeyHasLeftService() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(60)))));
        Answer sent = engine.acquire(60);
        Answer ahead = engine.acquire("r", Engine.Ask.tokens(10).waiting(20_000_000));
        assertThat(engine.lost("r")).isEmpty();

        Reply settled = engine.settle(sent, How.of("key_failed").failure("suspect"));

        assertThat(settled.number(3)).as("losses").isGreaterThan(ahead.reply().number(3));
        assertThat(engine.lost("r")).isEqualTo("r");
    }

    @Test
    void namesTheReservationsThatBeginWithinABlock() {
        Engine engine = engine(headroom(solo("a", tokens(perMinute(60)))));
        Answer sent = engine.acquire(60);
        engine.acquire("r", Engine.Ask.tokens(10).waiting(20_000_000));
        engine.acquire("s", Engine.Ask.tokens(10).waiting(20_000_000));

        engine.settle(sent, How.of("rate_limited").block("account_models", 15_000));

        assertThat(engine.lost("r", "s")).isEqualTo("r");
    }

    @ParameterizedTest
    @CsvSource({"0, 1000", "1, 999", "-1, 900"})
    void whatACallCostIsGivenBackUnlessItIsUnknown(long cost, long left) {
        RateLimit month = RateLimit.of(1_000, Duration.ofDays(31))
                .withMode(Mode.FIXED_MONTH)
                .withArrivalJitter(Duration.ZERO);
        Engine engine = engine(headroom(solo("a", LimitConfig.of("*").with(Dimension.MONEY, List.of(month)))));
        Answer lease = engine.acquire(Ask.tokens(1).money(100));

        engine.settle(lease, How.success(1, 0, cost));

        assertThat(engine.hash("key:a")).containsEntry("money_left", "" + left);
    }

    @Test
    void anAccountRestsForAllOfItsModels() {
        Engine engine = engine(headroom(account(
                "a",
                List.of(LimitConfig.of("x*"), LimitConfig.of("y*"), LimitConfig.of("*")),
                Pools.key("k1"),
                Pools.key("k2"))));

        engine.settle(
                engine.acquire(Ask.tokens(1).model("x")), How.of("rate_limited").block("account", 1));

        for (int i = 1; i <= 3; i++) {
            assertThat(engine.hash("account:a/" + i))
                    .containsEntry("blocked_until_ms", "" + (engine.now / 1000 + 1))
                    .containsEntry("blocked_why", "test");
        }
    }

    @ParameterizedTest
    @CsvSource({"endpoint, ENDPOINT", "key, BLOCKED", "account_models, BLOCKED"})
    void aRestOfAMillisecondIsOne(String scope, String reason) {
        Engine engine = engine(headroom(solo("a", LIMITS)));

        engine.settle(engine.acquire(1), How.of("rate_limited").block(scope, 1));

        Answer denied = engine.acquire(Ask.tokens(1).calling("m"));
        assertThat(denied.reason()).isEqualTo(reason);
        assertThat(denied.hintUs()).isEqualTo(1_000);
    }

    @Test
    void aLeaseOfAKeyThatIsGoneEndsWithoutAChange() {
        Engine engine = engine(headroom(account("a", LIMITS, "k1", "k2")));
        Answer lease = engine.acquire(100);
        jedis.del(engine.prefix + "key:" + lease.key());

        Reply settled = engine.settle(lease, How.of("key_failed"));

        assertThat(settled.fields().subList(4, 7)).isEqualTo(List.of("NONE", 0L, 0L));
        assertThat(engine.hash("account:a")).containsEntry("in_flight", "0");
    }

    @Test
    void noArgumentStandsInForAnother() {
        Engine engine = engine(headroom(solo("a", LIMITS)));
        Answer lease = engine.acquire(1);
        List<String> words = new ArrayList<>(
                engine.words(lease.id(), lease.record(), How.success(1).on("5")));
        words.set(11, "1.5");

        List<String> args = new ArrayList<>(List.of("" + engine.now));
        args.addAll(words);
        assertThatIllegalStateException()
                .isThrownBy(() -> engine.scripts.run(Script.SETTLE, engine.prefix + "meta", args))
                .withMessageContaining("latency_ms is 1.5");
    }

    private static RateLimit rate(Refund refund, Counted counted) {
        return new RateLimit(600, Duration.ofMinutes(1), Mode.BUCKET, 600, Duration.ZERO, refund, counted);
    }
}
