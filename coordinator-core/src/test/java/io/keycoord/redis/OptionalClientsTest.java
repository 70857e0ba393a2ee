package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.Secrets;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import java.io.File;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;
import redis.clients.jedis.UnifiedJedis;

/** Who uses one client needs nothing of the other on the class path. */
@ExtendWith(RedisExtension.class)
class OptionalClientsTest {
    private static final String JEDIS = "jedis-";
    private static final String REDISSON = "redisson-";

    @BeforeEach
    void clear(TestRedis redis) {
        redis.clear();
    }

    @Test
    void jedisWorksWithoutRedisson(TestRedis redis) throws Exception {
        try (URLClassLoader loader = classPathWithout(REDISSON)) {
            assertAbsent(loader, RedissonClient.class.getName());
            assertThat(key(loader, OverJedis.class, redis)).isEqualTo("a");
        }
    }

    @Test
    void redissonWorksWithoutJedis(TestRedis redis) throws Exception {
        try (URLClassLoader loader = classPathWithout(JEDIS)) {
            assertAbsent(loader, UnifiedJedis.class.getName());
            assertThat(key(loader, OverRedisson.class, redis)).isEqualTo("a");
        }
    }

    private static void assertAbsent(ClassLoader loader, String name) {
        assertThatExceptionOfType(ClassNotFoundException.class).isThrownBy(() -> loader.loadClass(name));
    }

    private static Object key(ClassLoader loader, Class<?> worker, TestRedis redis) throws Exception {
        return loader.loadClass(worker.getName())
                .getMethod("lease", String.class)
                .invoke(null, redis.uri().toString());
    }

    private static URLClassLoader classPathWithout(String library) throws IOException {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        URL[] urls = Stream.of(path.split(File.pathSeparator))
                .map(Path::of)
                .filter(file -> !file.getFileName().toString().startsWith(library))
                .map(OptionalClientsTest::url)
                .toArray(URL[]::new);
        return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
    }

    private static URL url(Path file) {
        try {
            return file.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String leaseOnce(RedisKeyCoordinatorBuilder builder) {
        CoordinatorConfig config = new CoordinatorConfig(List.of(Pools.headroom(Pools.solo("a", LimitConfig.NONE))));
        try (RedisKeyCoordinator keys = builder.config(config)
                .secrets(Secrets.of(Map.of("a", "secret")))
                .build()) {
            Lease lease = keys.acquire(LeaseRequest.of("test"));
            lease.settle(Outcome.successWithoutUsage());
            return lease.keyId();
        }
    }

    /** A worker with Jedis, loaded where Redisson is not. */
    public static final class OverJedis {
        private OverJedis() {}

        /** Returns the id of the key that was leased. */
        public static String lease(String url) {
            return leaseOnce(RedisKeyCoordinator.builder().redis(url));
        }
    }

    /** A worker with Redisson, loaded where Jedis is not. */
    public static final class OverRedisson {
        private OverRedisson() {}

        /** Returns the id of the key that was leased. */
        public static String lease(String url) {
            Config config = new Config();
            config.useSingleServer().setAddress(url).setConnectionMinimumIdleSize(1);
            RedissonClient redisson = Redisson.create(config);
            try {
                return leaseOnce(RedisKeyCoordinator.builder().redisson(redisson));
            } finally {
                redisson.shutdown();
            }
        }
    }
}
