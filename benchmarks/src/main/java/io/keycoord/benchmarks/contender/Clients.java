package io.keycoord.benchmarks.contender;

import java.net.URI;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.RedisClient;

/** Redis clients as a team would set them up: a connection for each caller with Jedis, Redisson's own defaults. */
final class Clients {
    private Clients() {}

    static RedisClient jedis(URI redis, int connections) {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(connections);
        pool.setMaxIdle(connections);
        return RedisClient.builder()
                .hostAndPort(redis.getHost(), redis.getPort())
                .poolConfig(pool)
                .build();
    }

    static RedissonClient redisson(URI redis) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.useSingleServer().setAddress("redis://" + redis.getHost() + ":" + redis.getPort());
        return Redisson.create(config);
    }
}
