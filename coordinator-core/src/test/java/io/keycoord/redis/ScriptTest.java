package io.keycoord.redis;

import io.keycoord.config.PoolConfig;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.RedisClient;

/** The scripts on an empty real Redis and a clock that the test moves. */
@ExtendWith(RedisExtension.class)
abstract class ScriptTest {
    RedisClient jedis;

    @BeforeEach
    void connect(TestRedis redis) {
        redis.clear();
        jedis = RedisClient.create(redis.uri());
    }

    @AfterEach
    void disconnect() {
        jedis.close();
    }

    Engine engine(PoolConfig config) {
        return new Engine(jedis, config);
    }
}
