package io.keycoord.console;

import java.util.function.Function;
import picocli.CommandLine.Option;

/** Where the Redis is. */
public final class RedisAddress {
    @Option(
            names = "--redis",
            paramLabel = "URL",
            defaultValue = "${KEYCOORD_REDIS_URL:-redis://localhost:6379}",
            description = "the Redis to look into (default: $KEYCOORD_REDIS_URL, else redis://localhost:6379)")
    private String url = "redis://localhost:6379";

    /**
     * Opens it.
     *
     * @throws UsageException if this is no address of a Redis
     */
    <T> T open(Function<String, T> client) {
        try {
            return client.apply(url);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--redis: " + e.getMessage());
        }
    }
}
