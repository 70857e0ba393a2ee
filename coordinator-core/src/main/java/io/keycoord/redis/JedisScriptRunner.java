package io.keycoord.redis;

import io.keycoord.StoreUnavailableException;
import java.net.SocketTimeoutException;
import java.util.List;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/** Scripts over Jedis: by digest, and by their text where the server does not have them. */
final class JedisScriptRunner implements ScriptRunner {
    private final UnifiedJedis jedis;
    private final boolean owned;

    JedisScriptRunner(UnifiedJedis jedis, boolean owned) {
        this.jedis = jedis;
        this.owned = owned;
    }

    @Override
    public Reply run(Script script, String redisKey, List<String> args) {
        try {
            return new Reply(script, (List<?>) evaluate(script, List.of(redisKey), args));
        } catch (JedisDataException e) {
            if (e.getMessage() != null && e.getMessage().startsWith("BADARG")) {
                throw new IllegalStateException(script.file() + ": " + e.getMessage(), e);
            }
            throw new StoreUnavailableException(script.file(), e);
        } catch (JedisException e) {
            throw new StoreUnavailableException(script.file(), e);
        }
    }

    /** A connection that broke while it was idle fails its first call; the repeat is harmless and gets a fresh one. */
    private Object evaluate(Script script, List<String> keys, List<String> args) {
        try {
            return evaluateOnce(script, keys, args);
        } catch (JedisConnectionException e) {
            if (e.getCause() instanceof SocketTimeoutException) {
                throw e;
            }
            return evaluateOnce(script, keys, args);
        }
    }

    private Object evaluateOnce(Script script, List<String> keys, List<String> args) {
        try {
            return jedis.evalsha(script.digest(), keys, args);
        } catch (JedisNoScriptException e) {
            return jedis.eval(script.source(), keys, args);
        }
    }

    @Override
    public void close() {
        if (owned) {
            jedis.close();
        }
    }
}
