package io.keycoord.redis;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisBroadcastException;
import redis.clients.jedis.exceptions.JedisClusterOperationException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;

/** Scripts over Jedis, on one server, behind Sentinels or in a Cluster. */
final class JedisScriptRunner extends RepeatingScriptRunner {
    private final UnifiedJedis jedis;
    private final boolean owned;
    private final boolean cluster;

    JedisScriptRunner(UnifiedJedis jedis, boolean owned) {
        this(jedis, owned, FAILOVER_WAIT, Scripting.EVALSHA);
    }

    @SuppressWarnings("deprecation") // JedisCluster: users still bring it.
    JedisScriptRunner(UnifiedJedis jedis, boolean owned, Duration failoverWait, Scripting scripting) {
        super(failoverWait, scripting);
        this.jedis = jedis;
        this.owned = owned;
        this.cluster = jedis instanceof RedisClusterClient || jedis instanceof JedisCluster;
    }

    /** One of its own on one server, as {@link JedisConnections#open} connects. */
    static JedisScriptRunner open(String url, String clientName, Scripting scripting) {
        return new JedisScriptRunner(JedisConnections.open(url, clientName), true, FAILOVER_WAIT, scripting);
    }

    @Override
    Object byDigest(Script script, List<String> redisKeys, List<String> args) {
        return jedis.evalsha(script.digest(), redisKeys, args);
    }

    @Override
    Object byText(Script script, List<String> redisKeys, List<String> args) {
        return jedis.eval(script.source(), redisKeys, args);
    }

    @Override
    Object byFunction(String function, List<String> redisKeys, List<String> args) {
        return jedis.fcall(function, redisKeys, args);
    }

    @Override
    void load(FunctionLibrary library) {
        jedis.functionLoad(library.text());
    }

    @Override
    boolean inCluster() {
        return cluster;
    }

    /** The answer may lie below: pools wrap what a new connection met, the cluster client what its last attempt met. */
    @Override
    RedisError error(RuntimeException thrown) {
        return errorOf(thrown);
    }

    static RedisError errorOf(RuntimeException thrown) {
        RedisError error = within(thrown);
        return error != null ? error : RedisError.silent(message(thrown));
    }

    private static @Nullable RedisError within(Throwable thrown) {
        if (thrown instanceof JedisBroadcastException all) {
            return all.getReplies().values().stream()
                    .filter(RuntimeException.class::isInstance)
                    .map(one -> errorOf((RuntimeException) one))
                    .findFirst()
                    .orElse(null);
        }
        if (thrown instanceof JedisDataException) {
            return RedisError.answered(message(thrown));
        }
        if (thrown.getCause() instanceof SocketTimeoutException) {
            return RedisError.silent(message(thrown));
        }
        RedisError below = thrown.getCause() == null ? null : within(thrown.getCause());
        for (Throwable last : thrown.getSuppressed()) {
            below = below != null ? below : within(last);
        }
        boolean connecting =
                thrown instanceof JedisConnectionException || thrown instanceof JedisClusterOperationException;
        return below == null && connecting ? RedisError.lost(message(thrown)) : below;
    }

    @Override
    public WakeupChannel wakeups() {
        return new JedisWakeups(jedis);
    }

    @Override
    public void close() {
        if (owned) {
            jedis.close();
        }
    }
}
