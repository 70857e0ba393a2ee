package io.keycoord.redis;

import io.keycoord.config.Durability;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.JedisCluster;
import redis.clients.jedis.MultiDbClient;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClusterClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisBroadcastException;
import redis.clients.jedis.exceptions.JedisClusterOperationException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.util.JedisClusterCRC16;
import redis.clients.jedis.util.KeyValue;

/** Scripts over Jedis, on one server, behind Sentinels or in a Cluster. */
final class JedisScriptRunner extends RepeatingScriptRunner {
    private static final Logger log = LoggerFactory.getLogger(JedisScriptRunner.class);

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
    Object plain(ScriptCall call) {
        return switch (call.verb()) {
            case EVALSHA -> jedis.evalsha(call.code(), call.redisKeys(), call.args());
            case EVAL -> jedis.eval(call.code(), call.redisKeys(), call.args());
            case FCALL -> jedis.fcall(call.code(), call.redisKeys(), call.args());
        };
    }

    @Override
    void requireCopies(Durability durability) {
        if (jedis instanceof MultiDbClient) {
            throw new IllegalArgumentException(
                    "durability " + durability + " cannot be had of several databases at once");
        }
    }

    @Override
    Answered copied(ScriptCall call, Durability durability) {
        try (Pipeline pipeline = pipeline(call.redisKey())) {
            Response<Object> reply = send(pipeline, call);
            Response<Long> mark = pipeline.hset(call.mark(), Copies.MARK, "1");
            Supplier<Long> copies = ask(pipeline, durability);
            pipeline.sync();
            return new Answered(reply.get(), doubt(durability, mark, copies));
        } catch (RuntimeException e) {
            if (cluster && Remedy.of(error(e)) == Remedy.FAIL_OVER) {
                lookForTheServer(call.redisKey());
            }
            throw e;
        }
    }

    @SuppressWarnings("deprecation") // JedisCluster: users still bring it.
    private Pipeline pipeline(String redisKey) {
        if (jedis instanceof RedisClusterClient client) {
            return new Pipeline(client.getConnectionFromSlot(JedisClusterCRC16.getSlot(redisKey)), true);
        }
        return jedis instanceof JedisCluster client
                ? new Pipeline(client.getConnectionFromSlot(JedisClusterCRC16.getSlot(redisKey)), true)
                : (Pipeline) jedis.pipelined();
    }

    private static Response<Object> send(Pipeline pipeline, ScriptCall call) {
        return switch (call.verb()) {
            case EVALSHA -> pipeline.evalsha(call.code(), call.redisKeys(), call.args());
            case EVAL -> pipeline.eval(call.code(), call.redisKeys(), call.args());
            case FCALL -> pipeline.fcall(call.code(), call.redisKeys(), call.args());
        };
    }

    /** The number of copies, once the pipeline has been read. */
    private static Supplier<Long> ask(Pipeline pipeline, Durability durability) {
        long within = Copies.within(durability).toMillis();
        if (durability == Durability.AOF) {
            Response<KeyValue<Long, Long>> files = pipeline.waitAOF(1, 0, within);
            return () -> files.get().getKey();
        }
        return pipeline.waitReplicas(1, within);
    }

    private Optional<RedisError> doubt(Durability durability, Response<Long> mark, Supplier<Long> copies) {
        try {
            mark.get();
            return Copies.doubt(durability, copies.get());
        } catch (JedisDataException e) {
            return Optional.of(doubt(e));
        }
    }

    /** A connection that is taken by its slot follows nobody; a command of the client's own does, and it remembers. */
    private void lookForTheServer(String redisKey) {
        try {
            jedis.exists(redisKey);
        } catch (RuntimeException e) {
            log.debug("nobody serves {} now: {}", redisKey, e.getMessage());
        }
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
        RedisError error = within(thrown, Collections.newSetFromMap(new IdentityHashMap<>()));
        return error != null ? error : RedisError.silent(message(thrown));
    }

    /** Of a pipeline that breaks, what its end meets is suppressed by what caused it. */
    private static @Nullable RedisError within(Throwable thrown, Set<Throwable> seen) {
        if (!seen.add(thrown)) {
            return null;
        }
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
        RedisError below = thrown.getCause() == null ? null : within(thrown.getCause(), seen);
        for (Throwable last : thrown.getSuppressed()) {
            below = below != null ? below : within(last, seen);
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
