package io.keycoord.redis;

import java.net.URI;
import java.time.Duration;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.util.JedisURIHelper;

/** Clients with every wait bounded; Jedis' own defaults wait without end for a connection of a full pool. */
final class JedisConnections {
    private static final int CONNECTIONS = 32;
    static final Duration TIMEOUT = Duration.ofSeconds(1);

    private JedisConnections() {}

    /**
     * A client for {@code redis://[user:password@]host:port[/db]} or {@code rediss://…}. Connects when it is first used.
     *
     * @throws IllegalArgumentException if the URL is of another form; the message does not repeat it, for it may hold
     *     a password
     */
    static UnifiedJedis open(String url, String clientName) {
        return open(url, clientName, TIMEOUT);
    }

    /** The same; an answer is waited for as long as {@code patience}. */
    static UnifiedJedis open(String url, String clientName, Duration patience) {
        URI uri = parse(url);
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(CONNECTIONS);
        pool.setMaxIdle(CONNECTIONS);
        pool.setMaxWait(TIMEOUT);
        int timeoutMs = (int) TIMEOUT.toMillis();
        DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder()
                .connectionTimeoutMillis(timeoutMs)
                .socketTimeoutMillis((int) patience.toMillis())
                .user(JedisURIHelper.getUser(uri))
                .password(JedisURIHelper.getPassword(uri))
                .database(JedisURIHelper.getDBIndex(uri))
                .clientName(clientName);
        if (JedisURIHelper.isRedisSSLScheme(uri)) {
            config.sslOptions(SslOptions.defaults());
        }
        return RedisClient.builder()
                .hostAndPort(JedisURIHelper.getHostAndPort(uri))
                .clientConfig(config.build())
                .poolConfig(pool)
                .build();
    }

    private static URI parse(String url) {
        try {
            URI uri = URI.create(url);
            boolean redis = "redis".equals(uri.getScheme()) || "rediss".equals(uri.getScheme());
            if (redis && uri.getHost() != null && uri.getPort() > 0) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the Redis URL is malformed, expected redis://[user:password@]host:port");
        }
        throw new IllegalArgumentException("the Redis URL lacks a part, expected redis://[user:password@]host:port");
    }
}
