package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.pool;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.Strategy;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.How;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.RedisClient;

/** Whose turn it is. */
@ExtendWith(RedisExtension.class)
class FairnessTest {
    private RedisClient jedis;

    @BeforeEach
    void connect(TestRedis redis) {
        redis.clear();
        jedis = RedisClient.create(redis.uri());
    }

    @AfterEach
    void disconnect() {
        jedis.close();
    }

    private static AccountConfig weighing(String id, int weight) {
        return account(id, List.of(LimitConfig.NONE), key("k-" + id, weight, LimitConfig.NONE));
    }

    /** One call from its grant to its end. */
    private static String serve(Engine engine) {
        Answer lease = engine.acquire(1);
        engine.now += 1000;
        engine.settle(lease, How.success(1));
        return lease.key();
    }

    @Test
    void roundRobinOverEqualKeysNeverDiffersByMoreThanOneGrant() {
        Engine engine = new Engine(
                jedis,
                pool(
                        Strategy.ROUND_ROBIN,
                        IntStream.range(0, 7)
                                .mapToObj(i -> solo("s" + i, LimitConfig.NONE))
                                .toArray(AccountConfig[]::new)));
        Map<String, Integer> served = new TreeMap<>();
        IntStream.range(0, 7).forEach(i -> served.put("s" + i, 0));

        for (int i = 0; i < 300; i++) {
            served.merge(serve(engine), 1, Integer::sum);
            assertThat(Collections.max(served.values()) - Collections.min(served.values()))
                    .isLessThanOrEqualTo(1);
        }
    }

    @Test
    void roundRobinCountsKeysNotAccounts() {
        Engine engine = new Engine(
                jedis,
                pool(
                        Strategy.ROUND_ROBIN,
                        account("a", LimitConfig.NONE, "k1", "k2", "k3"),
                        solo("s", LimitConfig.NONE)));
        Map<String, Integer> served = new TreeMap<>();

        for (int i = 0; i < 80; i++) {
            served.merge(serve(engine), 1, Integer::sum);
        }

        assertThat(served.values()).allSatisfy(grants -> assertThat(grants).isCloseTo(20, within(1)));
    }

    @Test
    void weightsAreKeptWithinOneGrantAtAnyTime() {
        Map<String, Integer> weights = Map.of("k-a", 1, "k-b", 2, "k-c", 5);
        Engine engine =
                new Engine(jedis, pool(Strategy.WEIGHTED, weighing("a", 1), weighing("b", 2), weighing("c", 5)));
        Map<String, Integer> served = new TreeMap<>();

        for (int i = 1; i <= 400; i++) {
            served.merge(serve(engine), 1, Integer::sum);
            for (Map.Entry<String, Integer> weight : weights.entrySet()) {
                double share = i * weight.getValue() / 8.0;
                assertThat((double) served.getOrDefault(weight.getKey(), 0)).isCloseTo(share, within(1.5));
            }
        }
        assertThat(served).containsEntry("k-a", 50).containsEntry("k-b", 100).containsEntry("k-c", 250);
    }

    @Test
    void aKeyThatReturnsTakesNoMoreThanItsShare() {
        Engine engine =
                new Engine(jedis, pool(Strategy.ROUND_ROBIN, solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE)));
        Answer limited = engine.acquire(1);
        engine.settle(limited, How.of("rate_limited").block("key", 10_000));
        for (int i = 0; i < 100; i++) {
            assertThat(serve(engine)).isNotEqualTo(limited.key());
        }
        engine.advanceMs(10_000);

        long returned = IntStream.range(0, 20)
                .mapToObj(i -> serve(engine))
                .filter(limited.key()::equals)
                .count();

        assertThat(returned).isBetween(10L, 11L);
    }
}
