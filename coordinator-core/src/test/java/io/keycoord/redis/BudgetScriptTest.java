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
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.keycoord.Dimension;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.PriceTable;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.TenantConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What several units share: what accounts have overall, tenants and pools have. */
class BudgetScriptTest extends ScriptTest {
    private static final PriceTable PRICES =
            new PriceTable("v1", List.of(new PriceTable.Price("*", 1_000_000, 2_000_000, 0)));

    private static Ask search(long tokens) {
        return Ask.tokens(tokens).tenant("search");
    }

    @Test
    void aTenantSpendsItsOwnBudgetAndNobodyElses() {
        PoolConfig pool = headroom(solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE))
                .withTenants(
                        TenantConfig.of("search", tokens(perMinute(600))), TenantConfig.of("chat", LimitConfig.NONE));
        Engine engine = engine(pool);

        assertThat(engine.acquire(search(500)).granted()).isTrue();
        Answer denied = engine.acquire(search(500));

        assertThat(denied.reason()).isEqualTo("BUDGET");
        assertThat(denied.hintUs()).isEqualTo(40_000_000);
        assertThat(engine.acquire(Ask.tokens(500).tenant("chat")).granted()).isTrue();
        assertThat(engine.acquire(Ask.tokens(500)).granted()).isTrue();
        engine.now += denied.hintUs();
        assertThat(engine.acquire(search(500)).granted()).isTrue();
    }

    @Test
    void aRequestBeyondWhatATenantEverHasIsImpossible() {
        Engine engine = engine(
                headroom(solo("a", LimitConfig.NONE)).withTenants(TenantConfig.of("search", tokens(perMinute(600)))));

        assertThat(engine.acquire(search(601)).reason()).isEqualTo("IMPOSSIBLE");
    }

    @Test
    void whatACallDidNotUseReturnsToTheTenant() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE))
                .withTenants(TenantConfig.of("search", tokens(perMinute(600)).withConcurrency(1))));
        Answer first = engine.acquire(search(600));
        assertThat(engine.acquire(search(1)).reason()).isEqualTo("CONCURRENCY");

        engine.settle(first, How.success(100));

        assertThat(engine.acquire(search(500)).granted()).isTrue();
        assertThat(engine.hash("tenant:search"))
                .containsEntry("tokens_left", "0")
                .containsEntry("in_flight", "1");
    }

    @Test
    void aDeadWorkersSlotOfATenantComesBack() {
        Engine engine =
                engine(headroom(solo("a", LimitConfig.NONE)).withTenants(TenantConfig.of("search", concurrency(1))));
        engine.acquire(search(0));

        engine.advanceMs(30_001);

        assertThat(engine.acquire(search(0)).granted()).isTrue();
        assertThat(engine.hash("tenant:search")).containsEntry("in_flight", "1");
    }

    @Test
    void aTenantMayHaveLimitsByModel() {
        TenantConfig tenant = TenantConfig.of("search", requests(perMinute(3)))
                .withLimits(
                        LimitConfig.of("big/*").withRequests(perMinute(1)),
                        LimitConfig.of("small/*").withRequests(perMinute(9)));
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE)).withTenants(tenant));

        assertThat(engine.acquire(search(0).model("big/x")).granted()).isTrue();
        assertThat(engine.acquire(search(0).model("big/y")).reason()).isEqualTo("BUDGET");
        assertThat(engine.acquire(search(0).model("small/x")).granted()).isTrue();
        assertThat(engine.acquire(search(0).model("small/x")).granted()).isTrue();
        assertThat(engine.acquire(search(0).model("small/x")).reason()).isEqualTo("BUDGET");
        assertThat(engine.plan.route("other", "search").leadsNowhere()).isTrue();
    }

    @Test
    void accountsAndKeysServeTheTenantsTheyAreReservedForAlone() {
        PoolConfig pool = headroom(
                        solo("hers", LimitConfig.NONE).withTenants("search"),
                        account("a", List.of(LimitConfig.NONE), key("k1").withTenants("chat"), key("k2")))
                .withTenants(TenantConfig.of("search", LimitConfig.NONE), TenantConfig.of("chat", LimitConfig.NONE));
        Engine engine = engine(pool);

        assertThat(engine.acquire(search(0).withoutAccounts("a")).key()).isEqualTo("hers");
        assertThat(engine.acquire(search(0).withoutAccounts("hers")).key()).isEqualTo("k2");
        assertThat(engine.acquire(Ask.tokens(0).withoutKeys("k2")).reason()).isEqualTo("NO_KEY");
        assertThat(engine.acquire(Ask.tokens(0).withoutKeys("k2").tenant("chat"))
                        .key())
                .isEqualTo("k1");
        assertThat(engine.hash("key:hers")).containsEntry("tenants", "search");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> engine.plan.route("m", "marketing"))
                .withMessage("tenant is marketing, expected one of [chat, search]");
    }

    @Test
    void whatAnAccountHasOverallHoldsForAllItsModels() {
        Engine engine = engine(headroom(account(
                        "a",
                        List.of(LimitConfig.of("x*"), LimitConfig.of("y*").withRequests(perMinute(9))),
                        key("k1"),
                        key("k2"))
                .withOverall(concurrency(2).withRequests(perMinute(3)))));
        Answer first = engine.acquire(Ask.tokens(0).model("x1"));
        engine.acquire(Ask.tokens(0).model("y1"));

        assertThat(engine.acquire(Ask.tokens(0).model("x1")).reason()).isEqualTo("CONCURRENCY");
        assertThat(engine.acquire(Ask.tokens(0).model("y1")).reason()).isEqualTo("CONCURRENCY");
        assertThat(engine.hash("account:a/2"))
                .containsEntry("index", "parked")
                .containsEntry("wait_for", "concurrency");

        engine.settle(first, How.success(0));

        assertThat(engine.hash("account:a/2")).containsEntry("index", "ready");
        assertThat(engine.acquire(Ask.tokens(0).model("y1")).granted()).isTrue();
        engine.advanceMs(30_001);
        assertThat(engine.acquire(Ask.tokens(0).model("x1")).granted()).isTrue();
        assertThat(engine.hash("account:a/overall")).containsEntry("in_flight", "1");
    }

    @Test
    void whatIsGivenBackGoesToEachByItsOwnStampAlsoWhenOneIsGone() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE))
                .withTenants(TenantConfig.of("search", tokens(perMinute(60_000))))
                .withOverall(tokens(perMinute(600))));
        Answer first = engine.acquire(search(300));
        Answer second = engine.acquire(search(300));
        engine.scripts.run(
                Script.REGISTER,
                engine.prefix + "meta",
                List.of("" + engine.now, "remove", "r", "full", "tenant:search"));

        engine.settle(first, How.success(100));
        assertThat(engine.hash("pool")).containsEntry("tokens_left", "200").containsEntry("in_flight", "1");

        engine.scripts.run(
                Script.REGISTER, engine.prefix + "meta", List.of("" + engine.now, "remove", "r", "full", "key:a"));
        engine.settle(second, How.success(100));
        assertThat(engine.hash("pool")).containsEntry("tokens_left", "400").containsEntry("in_flight", "0");
    }

    @Test
    void aPoolHasItsOwnSlots() {
        Engine engine = engine(headroom(solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE))
                .withOverall(concurrency(1)));
        Answer first = engine.acquire(0);

        assertThat(engine.acquire(0).reason()).isEqualTo("CONCURRENCY");
        engine.settle(first, How.of("aborted"));
        assertThat(engine.acquire(0).granted()).isTrue();
    }

    @Test
    void inputAndOutputAreCountedApart() {
        LimitConfig limits = LimitConfig.of("*")
                .with(Dimension.INPUT_TOKENS, List.of(perMinute(1_000)))
                .with(Dimension.OUTPUT_TOKENS, List.of(perMinute(100)));
        Engine engine = engine(headroom(solo("a", limits)));
        Answer first = engine.acquire(Ask.tokens(100).answer(100));

        Answer denied = engine.acquire(Ask.tokens(100).answer(1));
        assertThat(denied.reason()).isEqualTo("RATE_LIMITED");
        assertThat(engine.acquire(Ask.tokens(100).answer(101)).reason()).isEqualTo("IMPOSSIBLE");

        engine.settle(first, How.success(50, 40, -1));

        assertThat(engine.hash("key:a"))
                .containsEntry("input_tokens_left", "950")
                .containsEntry("output_tokens_left", "60");
    }

    @Test
    void moneyIsSpentByTheMonthAndFreeModelsGoOn() {
        LimitConfig dollar = LimitConfig.of("*")
                .with(Dimension.MONEY, List.of(rate(1_000_000, Duration.ofDays(31), Mode.FIXED_MONTH)));
        Engine engine = engine(headroom(solo("a", dollar)).withPrices(PRICES));
        Answer first = engine.acquire(Ask.tokens(10).money(900_000));

        Answer denied = engine.acquire(Ask.tokens(10).money(200_000));
        assertThat(denied.reason()).isEqualTo("BUDGET");
        Instant again = Instant.EPOCH.plusNanos((engine.now + denied.hintUs()) * 1_000);
        assertThat(again).isEqualTo(Instant.parse("2026-12-01T00:00:00Z"));

        engine.settle(first, How.success(10, 0, 1_000_000));
        assertThat(engine.hash("key:a")).containsEntry("money_left", "0").containsEntry("wait_for", "money");
        assertThat(engine.acquire(Ask.tokens(10)).granted())
                .as("a call that costs nothing")
                .isTrue();
        engine.now += denied.hintUs();
        assertThat(engine.acquire(Ask.tokens(10).money(200_000)).granted()).isTrue();
    }

    @Test
    void pricesTellWhatACallCosts() {
        PriceTable.Price price = new PriceTable.Price("*", 2_500_000, 10_000_000, 5_000);

        assertThat(price.cost(1_000, 200)).isEqualTo(2_500 + 2_000 + 5_000);
        assertThat(price.cost(1, 0)).as("rounded up").isEqualTo(5_003);
    }

    @Test
    void aBudgetIsExplainedBesideTheKeys() {
        Engine engine = engine(
                headroom(solo("a", LimitConfig.NONE)).withTenants(TenantConfig.of("search", requests(perMinute(1)))));
        engine.acquire(search(0));
        Reply told = engine.scripts.run(
                Script.EXPLAIN,
                engine.prefix + "meta",
                List.of("" + engine.now, "0", "0", "0", "normal", "tenant:search", "key:a"));

        assertThat(told.fields().get(2)).isEqualTo(List.of("tenant:search", "", "*", "", 60_000_000L, "requests", ""));
        assertThat(told.fields().get(3)).isEqualTo(List.of("key:a", "1", "*", "a", 0L, "", ""));
    }
}
