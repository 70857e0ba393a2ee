package io.keycoord.redis.model;

import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.redis.PlannedPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;

/** A Redis whose state can be taken away. No script of the coordinator is made known to it here. */
final class ChaosServer implements AutoCloseable {
    private static final int PATIENCE_MS = 60_000;

    /** Everything as it is now, in another database; the instant. */
    private static final String COPY = """
            local time = redis.call('TIME')
            redis.call('SELECT', 1)
            redis.call('FLUSHDB')
            redis.call('SELECT', 0)
            for _, name in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', name, name, 'DB', 1) end
            return string.format('%.0f', time[1] * 1000000 + time[2])
            """;

    private static final String RESTORE = """
            local time = redis.call('TIME')
            redis.call('SWAPDB', 0, 1)
            redis.call('SELECT', 1)
            redis.call('FLUSHDB')
            return string.format('%.0f', time[1] * 1000000 + time[2])
            """;

    private static final String FLUSH = """
            local time = redis.call('TIME')
            redis.call('FLUSHALL')
            return string.format('%.0f', time[1] * 1000000 + time[2])
            """;

    private static final String TIME = """
            local time = redis.call('TIME')
            return string.format('%.0f', time[1] * 1000000 + time[2])
            """;

    private final Path folder;
    private final EmbeddedRedis redis;

    /** {@code durable}: what has been answered is on disk. */
    ChaosServer(Path folder, boolean durable) {
        this.folder = folder;
        EmbeddedRedis.Builder builder = EmbeddedRedis.builder().workingDirectory(folder);
        redis = (durable ? builder.config("appendonly yes").config("appendfsync always") : builder).start();
    }

    int port() {
        return redis.port();
    }

    void pause() {
        redis.pause();
    }

    void resume() {
        redis.resume();
    }

    void crash() {
        redis.crash();
    }

    void restart() {
        redis.restart();
    }

    /** After a crash: whatever it has kept. */
    void forget() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(folder)) {
                    Files.delete(file);
                }
            }
        }
    }

    private <T> T with(Function<RedisClient, T> question) {
        try (RedisClient client = RedisClient.builder()
                .hostAndPort("127.0.0.1", port())
                .clientConfig(DefaultJedisClientConfig.builder()
                        .socketTimeoutMillis(PATIENCE_MS)
                        .build())
                .build()) {
            return question.apply(client);
        }
    }

    private long instant(String script) {
        return Long.parseLong(with(client -> client.eval(script)).toString());
    }

    long now() {
        return instant(TIME);
    }

    long copy() {
        return instant(COPY);
    }

    long restoreCopy() {
        return instant(RESTORE);
    }

    long flush() {
        return instant(FLUSH);
    }

    void flushScripts() {
        with(RedisClient::scriptFlush);
    }

    Map<String, Map<String, String>> state(PlannedPool pool) {
        return Scripts.state(
                with(client -> client.eval(Scripts.DUMP, List.of(pool.meta()), List.of(pool.prefix(), "keep"))));
    }

    @Override
    public void close() {
        redis.close();
    }
}
