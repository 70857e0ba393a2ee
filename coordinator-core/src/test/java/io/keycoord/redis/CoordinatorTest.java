package io.keycoord.redis;

import io.keycoord.LeaseRequest;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.Secrets;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.RedisClient;

/** Coordinators on an empty real Redis and the real clock; what a test opens is closed after it, the last first. */
@ExtendWith(RedisExtension.class)
abstract class CoordinatorTest {
    static final LeaseRequest ONE = LeaseRequest.of("test").withTokens(1, 0);
    static final String SECRET = "canary-0123456789-abcdefghij";

    final List<AutoCloseable> open = new ArrayList<>();
    URI uri;
    RedisClient jedis;

    CoordinatorTest(TestRedis redis) {
        this.uri = redis.uri();
        this.jedis = RedisClient.create(uri);
    }

    @BeforeEach
    void clear(TestRedis redis) {
        redis.clear();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        jedis.close();
    }

    RedisKeyCoordinator coordinator(PoolConfig pool) {
        return coordinator(pool, uri);
    }

    RedisKeyCoordinator coordinator(PoolConfig pool, URI redis) {
        return opened(builder(pool, redis).build());
    }

    static RedisKeyCoordinatorBuilder builder(PoolConfig pool, URI redis) {
        return RedisKeyCoordinator.builder()
                .redis(redis.toString())
                .config(new CoordinatorConfig(List.of(pool)))
                .secrets(secrets(pool))
                .closeWait(Duration.ofMillis(100));
    }

    RedisKeyCoordinator opened(RedisKeyCoordinator keys) {
        open.add(0, keys);
        return keys;
    }

    /** How often scripts have been called, by all clients. */
    long scriptCalls() {
        Matcher calls = Pattern.compile("cmdstat_eval(?:sha)?:calls=(\\d+)").matcher(jedis.info("commandstats"));
        return calls.results().mapToLong(call -> Long.parseLong(call.group(1))).sum();
    }

    /** Of all keys but one that is called foreign. */
    static Secrets secrets(PoolConfig pool) {
        Map<String, String> secrets = new TreeMap<>();
        pool.accounts().forEach(a -> a.keys().forEach(k -> secrets.put(k.id(), SECRET + k.id())));
        secrets.remove("foreign");
        return Secrets.of(secrets);
    }
}
