package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.config.PoolConfig;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.How;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

/** A Redis without memory to spare, as {@code maxmemory} with {@code noeviction} makes it. */
class FullRedisTest {
    private EmbeddedRedis redis;
    RedisClient jedis;
    private Engine engine;

    @BeforeEach
    void start() {
        redis = EmbeddedRedis.start();
        jedis = RedisClient.create(redis.uri());
        engine = engine(headroom(solo("a", limits(perMinute(600), perMinute(100_000), 2))));
    }

    Engine engine(PoolConfig config) {
        return new Engine(jedis, config);
    }

    @AfterEach
    void stop() {
        jedis.close();
        redis.close();
    }

    @Test
    void anAcquireIsRefusedAndNothingIsWritten() {
        engine.acquire(10);
        Map<String, String> before = state();

        jedis.configSet("maxmemory", "1");
        assertThatThrownBy(() -> engine.acquire(10)).hasStackTraceContaining("OOM");
        jedis.configSet("maxmemory", "0");

        assertThat(state()).isEqualTo(before);
        assertThat(engine.acquire(10).granted()).isTrue();
    }

    @Test
    void aSettlementPassesWhole() {
        Answer lease = engine.acquire(10);

        jedis.configSet("maxmemory", "1");
        Reply settled = engine.settle(lease, How.success(4));
        jedis.configSet("maxmemory", "0");

        assertThat(settled.status()).isEqualTo("SETTLED");
        assertThat(engine.hash("key:a")).containsEntry("in_flight", "0").containsEntry("calls_ok", "1");
        assertThat(jedis.zscore(engine.prefix + "settled", lease.id())).isNotNull();
    }

    @Test
    void anAcquireThatWouldFirstTakeBackExpiredLeasesIsRefusedAsAWhole() {
        engine.acquire(10);
        engine.advanceMs(60_000);
        Map<String, String> before = state();

        jedis.configSet("maxmemory", "1");
        assertThatThrownBy(() -> engine.acquire(10)).hasStackTraceContaining("OOM");
        jedis.configSet("maxmemory", "0");

        assertThat(state()).isEqualTo(before);
    }

    @Test
    void aBatchOfAcquiresIsRefusedAsAWhole() {
        Map<String, String> before = state();
        List<List<String>> acquires = List.of(acquire(), acquire());

        jedis.configSet("maxmemory", "1");
        assertThatThrownBy(() -> engine.batch(List.of(), acquires)).hasStackTraceContaining("OOM");
        jedis.configSet("maxmemory", "0");

        assertThat(state()).isEqualTo(before);
    }

    @Test
    void aBatchThatBeginsWithASettlementPassesWhole() {
        Answer lease = engine.acquire(10);

        jedis.configSet("maxmemory", "1");
        List<Reply> replies =
                engine.batch(List.of(engine.words(lease.id(), lease.record(), How.success(4))), List.of(acquire()));
        jedis.configSet("maxmemory", "0");

        assertThat(replies).extracting(Reply::status).containsExactly("SETTLED", "GRANTED");
    }

    private List<String> acquire() {
        return engine.words(engine.nextId(), Engine.Ask.tokens(10));
    }

    private Map<String, String> state() {
        Map<String, String> all = new HashMap<>();
        for (String name : jedis.keys("*")) {
            all.put(name, new String(jedis.dump(name), StandardCharsets.ISO_8859_1));
        }
        return all;
    }
}
