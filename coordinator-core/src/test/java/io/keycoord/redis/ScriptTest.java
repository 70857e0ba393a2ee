package io.keycoord.redis;

import io.keycoord.config.PoolConfig;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.RedisClient;

/** The scripts on an empty real Redis and a clock that the test moves. */
@ExtendWith(RedisExtension.class)
abstract class ScriptTest {
    RedisClient jedis;
    URI uri;

    @BeforeEach
    void connect(TestRedis redis) {
        redis.clear();
        uri = redis.uri();
        jedis = RedisClient.create(uri);
    }

    @AfterEach
    void disconnect() {
        jedis.close();
    }

    Engine engine(PoolConfig config) {
        return new Engine(jedis, config);
    }

    /** How many changes Redis has counted. */
    long dirty() {
        return jedis.info("persistence")
                .lines()
                .filter(line -> line.startsWith("rdb_changes_since_last_save:"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
                .sum();
    }

    /** How many messages have been published. */
    long published() {
        return jedis.info("commandstats")
                .lines()
                .filter(line -> line.startsWith("cmdstat_publish:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("cmdstat_publish:calls=(\\d+),.*", "$1")))
                .sum();
    }
}
