package io.keycoord.redis;

import io.keycoord.KeyRevival;
import io.keycoord.SuspendedKey;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Over the connection of a worker.
 *
 * @param by the worker, for the log
 */
record RedisKeyRevival(ScriptRunner scripts, Keyspace keyspace, String by) implements KeyRevival {

    @Override
    public List<SuspendedKey> suspended(String pool) {
        return new PoolInspector(scripts, keyspace).suspended(pool);
    }

    @Override
    public boolean claim(String pool, String key, Set<String> causes, Duration rest, Duration longest) {
        return run("claim", pool, key, causes, rest, longest, "claim").equals("CLAIMED");
    }

    @Override
    public boolean revive(String pool, String key, Set<String> causes, String reason) {
        String why = PoolOperator.text("reason", reason, PoolOperator.MOST_REASON);
        return run("revive", pool, key, causes, Duration.ZERO, Duration.ZERO, why)
                .equals("REVIVED");
    }

    private String run(
            String action,
            String pool,
            String key,
            Set<String> causes,
            Duration rest,
            Duration longest,
            String reason) {
        List<String> args = List.of(
                "",
                action,
                key,
                String.join(",", causes),
                Long.toString(rest.toMillis()),
                Long.toString(longest.toMillis()),
                by,
                reason);
        Reply reply = scripts.run(Script.REVIVE, keyspace.meta(pool), args);
        return switch (reply.status()) {
            case "CLAIMED", "REVIVED", "NOT_DUE", "NOT_OUT", "NO_KEY", "NO_POOL" -> reply.status();
            default -> throw reply.unexpected();
        };
    }
}
