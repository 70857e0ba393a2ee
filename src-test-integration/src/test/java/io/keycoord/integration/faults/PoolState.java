package io.keycoord.integration.faults;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.params.RestoreParams;

/** What stands in Redis about the pool. Not safe for use by many threads. */
final class PoolState implements AutoCloseable {
    private static final String PREFIX = "keycoord:{" + FaultPool.ID + "}:";

    final Jedis jedis;
    private final FaultPool pool;

    PoolState(URI redis, FaultPool pool) {
        this.jedis = new Jedis(redis);
        this.pool = pool;
    }

    private long sum(String field) {
        return pool.keys().stream()
                .mapToLong(key -> number("key:" + key, field))
                .sum();
    }

    private long number(String redisKey, String field) {
        String value = jedis.hget(PREFIX + redisKey, field);
        return value == null ? 0 : (long) Double.parseDouble(value);
    }

    long inFlight() {
        return sum("in_flight");
    }

    /** The least of any key. */
    long leastInFlight() {
        return pool.keys().stream()
                .mapToLong(key -> number("key:" + key, "in_flight"))
                .min()
                .orElseThrow();
    }

    long callsOk() {
        return sum("calls_ok");
    }

    /** What is left of all accounts' tokens of the day, when each was last touched. */
    long tokensLeft() {
        return sum("tokens_left");
    }

    /** Besides the member that is always there. */
    long leases() {
        return jedis.zcard(PREFIX + "leases") - 1;
    }

    long meta(String field) {
        return number("meta", field);
    }

    boolean logged(String what) {
        return jedis.xrevrange(PREFIX + "log", "+", "-").stream()
                .anyMatch(entry -> what.equals(entry.getFields().get("what")));
    }

    Map<String, byte[]> copy() {
        Map<String, byte[]> copy = new HashMap<>();
        jedis.keys("keycoord:*").forEach(key -> copy.put(key, Objects.requireNonNull(jedis.dump(key))));
        return copy;
    }

    /** In one piece. */
    void restore(Map<String, byte[]> copy) {
        try (Transaction all = jedis.multi()) {
            copy.forEach((key, value) ->
                    all.restore(key, 0, value, RestoreParams.restoreParams().replace()));
            all.exec();
        }
    }

    @Override
    public void close() {
        jedis.close();
    }
}
