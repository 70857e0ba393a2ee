package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.Pools.tokens;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.LimitConfig;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code lua/renew.lua}. */
class RenewScriptTest extends ScriptTest {
    private static final long TTL_MS = 30_000;
    private static final long START_MS = Engine.NOON / 1_000 + 30_000;

    private Engine engine;
    private Answer reserved;

    @BeforeEach
    void reserve() {
        engine = engine(headroom(account("a", tokens(perMinute(600)), "k1", "k2")));
        engine.acquire(600);
        reserved = engine.acquire(Ask.tokens(300).waiting(60_000_000));
        assertThat(engine.lost(reserved.id())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"key, 0, false", "key, 1, true", "account, 0, false", "account, 1, true"})
    void aLeaseIsLostWhoseKeyOrAccountIsBlockedBeyondItsStart(String owner, int moreMs, boolean lost) {
        String hash = owner.equals("key") ? "key:" + reserved.key() : "account:a";
        jedis.hset(engine.prefix + hash, "blocked_until_ms", "" + (START_MS + moreMs));

        assertThat(engine.lost(reserved.id())).isEqualTo(lost ? reserved.id() : "");
    }

    @ParameterizedTest
    @CsvSource({"state, DRAINING", "gen, 2"})
    void aLeaseIsLostWhoseKeyHasChanged(String field, String value) {
        jedis.hset(engine.prefix + "key:" + reserved.key(), field, value);

        assertThat(engine.lost(reserved.id())).isEqualTo(reserved.id());
    }

    @Test
    void aLeaseIsLostWhoseKeyOrAccountIsGone() {
        for (String gone : List.of("key:", "account:")) {
            jedis.flushAll();
            reserve();
            String id = gone.equals("key:") ? gone + reserved.key() : "account:a";
            engine.scripts.run(
                    Script.REGISTER, engine.prefix + "meta", List.of("" + engine.now, "remove", "r", "full", id));

            assertThat(engine.lost(reserved.id())).as(id).isEqualTo(reserved.id());
        }
    }

    @ParameterizedTest
    @CsvSource({"0, false", "1, true"})
    void aLeaseCanBeRenewedInItsLastMillisecond(long afterMs, boolean ended) {
        jedis.flushAll();
        engine = engine(headroom(solo("a", LimitConfig.NONE)));
        Answer lease = engine.acquire(1);
        engine.advanceMs(TTL_MS + afterMs);

        Reply reply = engine.renew(lease.id());

        assertThat(reply.text(5)).isEqualTo(ended ? lease.id() : "");
        assertThat(jedis.zscore(engine.prefix + "leases", lease.id()))
                .isEqualTo(Engine.NOON / 1_000d + TTL_MS + (ended ? 0 : TTL_MS));
    }
}
