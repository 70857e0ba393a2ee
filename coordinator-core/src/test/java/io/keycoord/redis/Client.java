package io.keycoord.redis;

import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.RedisSentinelClient;
import redis.clients.jedis.UnifiedJedis;

/** The clients that a worker may bring, small, as its owner would make them for each topology. */
enum Client {
    JEDIS {
        @Override
        Connected standalone(URI uri) {
            return of(RedisClient.builder()
                    .hostAndPort(at(uri))
                    .clientConfig(config())
                    .poolConfig(pool())
                    .build());
        }

        @Override
        Connected sentinel(Set<URI> sentinels, String masterName) {
            return of(RedisSentinelClient.builder()
                    .masterName(masterName)
                    .sentinels(at(sentinels))
                    .clientConfig(config())
                    .sentinelClientConfig(DefaultJedisClientConfig.builder()
                            .connectionTimeoutMillis(500)
                            .socketTimeoutMillis(1000)
                            .serverDefaultProtocol()
                            .build())
                    .poolConfig(pool())
                    .build());
        }

        @Override
        Connected cluster(Set<URI> nodes) {
            return of(RedisClusterClient.builder()
                    .nodes(at(nodes))
                    .clientConfig(config())
                    .poolConfig(pool())
                    .maxAttempts(3)
                    .maxTotalRetriesDuration(Duration.ofSeconds(2))
                    .topologyRefreshPeriod(Duration.ofSeconds(1))
                    .build());
        }

        private Connected of(UnifiedJedis jedis) {
            return new Connected(
                    (wait, how) -> new JedisScriptRunner(jedis, false, wait, how),
                    builder -> builder.jedis(jedis),
                    jedis::close);
        }
    },
    REDISSON {
        @Override
        Connected standalone(URI uri) {
            return of(config -> config.useSingleServer()
                    .setAddress(uri.toString())
                    .setConnectionPoolSize(16)
                    .setConnectionMinimumIdleSize(1)
                    .setSubscriptionConnectionMinimumIdleSize(0));
        }

        @Override
        Connected sentinel(Set<URI> sentinels, String masterName) {
            return of(config -> config.useSentinelServers()
                    .setMasterName(masterName)
                    .addSentinelAddress(sentinels.stream().map(URI::toString).toArray(String[]::new))
                    .setCheckSentinelsList(false)
                    .setScanInterval(500)
                    .setMasterConnectionPoolSize(16)
                    .setMasterConnectionMinimumIdleSize(1)
                    .setSlaveConnectionMinimumIdleSize(1));
        }

        @Override
        Connected cluster(Set<URI> nodes) {
            return of(config -> config.useClusterServers()
                    .addNodeAddress(nodes.stream().map(URI::toString).toArray(String[]::new))
                    .setScanInterval(500)
                    .setMasterConnectionPoolSize(16)
                    .setMasterConnectionMinimumIdleSize(1)
                    .setSlaveConnectionMinimumIdleSize(1));
        }

        private Connected of(Consumer<Config> servers) {
            Config config = new Config();
            config.setThreads(2).setNettyThreads(2);
            servers.accept(config);
            RedissonClient redisson = Redisson.create(config);
            return new Connected(
                    (wait, how) -> new RedissonScriptRunner(redisson, wait, how),
                    builder -> builder.redisson(redisson),
                    redisson::shutdown);
        }
    };

    /** A client that is connected, as the seam below the coordinator and as a setting of its builder. */
    record Connected(
            BiFunction<Duration, Scripting, ScriptRunner> runners,
            Consumer<RedisKeyCoordinatorBuilder> brought,
            Runnable end)
            implements AutoCloseable {

        Function<Duration, ScriptRunner> scripts() {
            return scripts(Scripting.EVALSHA);
        }

        Function<Duration, ScriptRunner> scripts(Scripting scripting) {
            return wait -> runners.apply(wait, scripting);
        }

        @Override
        public void close() {
            end.run();
        }
    }

    abstract Connected standalone(URI uri);

    abstract Connected sentinel(Set<URI> sentinels, String masterName);

    abstract Connected cluster(Set<URI> nodes);

    private static HostAndPort at(URI uri) {
        return new HostAndPort(uri.getHost(), uri.getPort());
    }

    private static Set<HostAndPort> at(Set<URI> uris) {
        return uris.stream().map(Client::at).collect(java.util.stream.Collectors.toSet());
    }

    private static JedisClientConfig config() {
        return DefaultJedisClientConfig.builder()
                .connectionTimeoutMillis(500)
                .socketTimeoutMillis(1000)
                .build();
    }

    private static ConnectionPoolConfig pool() {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(16);
        pool.setMaxIdle(16);
        pool.setMaxWait(Duration.ofSeconds(1));
        return pool;
    }
}
