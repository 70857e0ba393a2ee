package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.config.PoolConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Leases that are out and that Redis has lost, in {@code lua/hold.lua}. */
class HoldScriptTest extends ScriptTest {
    private static final long TTL_MS = 30_000;

    private static PoolConfig pool() {
        return headroom(
                solo("a", limits(perMinute(60), perMinute(6_000), 2)),
                account("b", limits(perMinute(60), perMinute(6_000), 2), "k1", "k2"));
    }

    private static String unstamped(Answer lease) {
        return LeaseRecord.parse(lease.record()).unstamped();
    }

    private static Reply hold(Engine engine, String... leases) {
        List<String> args = new ArrayList<>(List.of("" + engine.now, "" + TTL_MS));
        args.addAll(List.of(leases));
        return engine.scripts.run(Script.HOLD, engine.prefix + "meta", args);
    }

    private Engine lose(Engine engine) {
        jedis.flushDB();
        engine.register("empty");
        return engine;
    }

    @Test
    void lostLeasesTakeTheirSlotsAndEndAsUsual() {
        Engine engine = engine(pool());
        Answer one = engine.acquire("one", Ask.tokens(10).withoutAccounts("b"));
        Answer two = engine.acquire("two", Ask.tokens(10).withoutAccounts("a"));
        lose(engine);

        Reply reply = hold(engine, "one " + unstamped(one), "two " + unstamped(two));

        assertThat(reply.status()).isEqualTo("HELD");
        assertThat(reply.text(5)).isEqualTo("one,two");
        assertThat(reply.number(4)).isEqualTo(engine.now / 1_000 + TTL_MS);
        assertThat(engine.hash("key:a")).containsEntry("in_flight", "1");
        assertThat(engine.hash("account:b")).containsEntry("in_flight", "1");
        assertThat(engine.hash("key:" + two.key())).containsEntry("in_flight", "1");
        assertThat(jedis.xrevrange(engine.prefix + "log", "+", "-", 1).get(0).getFields())
                .containsEntry("what", "HELD_AGAIN")
                .containsEntry("why", "2_leases");

        engine.settle(one, How.success(10));
        engine.settle(two, How.success(10));
        assertThat(engine.hash("key:a")).containsEntry("in_flight", "0").containsEntry("calls_ok", "1");
        assertThat(engine.hash("account:b")).containsEntry("in_flight", "0");
    }

    @Test
    void slotsAreTakenAlsoBeyondWhatIsAllowedAndNobodyElseGetsThem() {
        Engine engine = engine(pool());
        Answer one = engine.acquire("one", Ask.tokens(0).withoutAccounts("b"));
        lose(engine);
        engine.now += 60_000_000;
        engine.acquire("new1", Ask.tokens(0).withoutAccounts("b"));
        engine.acquire("new2", Ask.tokens(0).withoutAccounts("b"));

        hold(engine, "one " + unstamped(one));

        assertThat(engine.hash("key:a")).containsEntry("in_flight", "3").containsEntry("wait_for", "concurrency");
        assertThat(engine.acquire("more", Ask.tokens(0).withoutAccounts("b")).granted())
                .isFalse();
    }

    @Test
    void whatIsKnownOrHasEndedIsLeftAlone() {
        Engine engine = engine(pool());
        Answer held = engine.acquire("held", Ask.tokens(0).withoutAccounts("b"));
        Answer ended = engine.acquire("ended", Ask.tokens(0).withoutAccounts("b"));
        engine.settle(ended, How.success(0));
        long before = dirty();

        Reply reply = hold(engine, "held " + unstamped(held), "ended " + unstamped(ended));

        assertThat(reply.text(5)).isEmpty();
        assertThat(dirty()).isEqualTo(before);
        assertThat(engine.hash("key:a")).containsEntry("in_flight", "1");
    }

    @Test
    void nothingIsGivenBackByThem() {
        Engine engine = engine(pool());
        Answer one = engine.acquire("one", Ask.tokens(6_000).withoutAccounts("b"));
        lose(engine);
        hold(engine, "one " + unstamped(one));

        engine.settle(one.id(), unstamped(one), How.of("unused"));

        assertThat(engine.hash("key:a")).containsEntry("in_flight", "0").containsEntry("tokens_left", "0");
    }

    @Test
    void whoIsGoneFromTheConfigurationIsPassedOver() {
        Engine engine = engine(pool());
        Answer one = engine.acquire("one", Ask.tokens(0).withoutAccounts("b"));
        Answer two = engine.acquire("two", Ask.tokens(0).withoutAccounts("a"));
        jedis.flushDB();
        Engine other = engine(headroom(account("b", limits(perMinute(60), perMinute(6_000), 2), "k1", "k2")));

        Reply reply = hold(other, "one " + unstamped(one), "two " + unstamped(two));

        assertThat(reply.text(5)).isEqualTo("two");
        assertThat(other.hash("account:b")).containsEntry("in_flight", "1");
        assertThat(jedis.hget(other.prefix + "holders", "two")).contains(" group=1 ");
    }

    @Test
    void damagedAccountsHoldUpNoOthers() {
        Engine engine = engine(pool());
        Answer one = engine.acquire("one", Ask.tokens(0).withoutAccounts("b"));
        Answer two = engine.acquire("two", Ask.tokens(0).withoutAccounts("a"));
        lose(engine);
        jedis.hset(engine.prefix + "key:a", "in_flight", "x");

        assertThat(hold(engine, "one " + unstamped(one), "two " + unstamped(two))
                        .text(5))
                .isEqualTo("two");
    }

    @Test
    void recordsWithStampsOrOfNoFormAreRefused() {
        Engine engine = engine(pool());
        Answer one = engine.acquire("one", Ask.tokens(5).withoutAccounts("b"));

        for (String wrong : List.of("one " + one.record(), "one", "one key=a", "o e " + unstamped(one))) {
            assertThatThrownBy(() -> hold(engine, wrong))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("BADARG lease");
        }
        assertThatThrownBy(() -> hold(engine)).hasMessageContaining("BADARG leases");
    }
}
