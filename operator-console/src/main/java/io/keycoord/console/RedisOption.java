package io.keycoord.console;

import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolOperator;
import io.keycoord.redis.PoolView;
import java.util.List;
import picocli.CommandLine.Option;

/** The Redis to look into. */
public final class RedisOption {
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
    PoolInspector connect() {
        try {
            return PoolInspector.connect(url);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--redis: " + e.getMessage());
        }
    }

    /**
     * Opens it for changes.
     *
     * @throws UsageException if this is no address of a Redis
     */
    PoolOperator operator(String by) {
        try {
            return PoolOperator.connect(url, by);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--redis: " + e.getMessage());
        }
    }

    /**
     * The pool as it is now.
     *
     * @throws UsageException if this Redis has no such pool; it names those it has
     */
    static PoolView require(PoolInspector inspector, String pool) {
        return inspector.pool(pool).orElseThrow(() -> unknown("pool", pool, inspector.pools()));
    }

    /** A name that is not there, with those that are. */
    static UsageException unknown(String kind, String name, List<String> known) {
        String expected = known.isEmpty()
                ? "there is none"
                : "expected one of " + String.join(", ", known.subList(0, Math.min(10, known.size())))
                        + (known.size() > 10 ? ", … (" + known.size() + " in all)" : "");
        return new UsageException("this Redis has no " + kind + " " + name + "; " + expected);
    }
}
