package io.keycoord.console;

import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolOperator;
import io.keycoord.redis.PoolView;
import java.util.List;
import picocli.CommandLine.Mixin;

/** The Redis to look into, and how. */
public final class RedisOption {
    private static final String NAMESPACE = "keycoord";

    @Mixin
    private final RedisAddress address = new RedisAddress();

    @Mixin
    private final ScriptingOption scripting = new ScriptingOption();

    /**
     * Opens it.
     *
     * @throws UsageException if this is no address of a Redis
     */
    PoolInspector connect() {
        return address.open(url -> PoolInspector.connect(url, NAMESPACE, scripting.chosen()));
    }

    /**
     * Opens it for changes.
     *
     * @throws UsageException if this is no address of a Redis
     */
    PoolOperator operator(String by) {
        return address.open(url -> PoolOperator.connect(url, by, NAMESPACE, scripting.chosen()));
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
