package io.keycoord.redis.model;

import io.keycoord.model.Verb;
import io.keycoord.redis.PlannedPool;
import java.net.URI;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;

/** The scripts on a Redis, and what they have stored there, over one connection. */
final class Scripts implements AutoCloseable {
    /** All of a pool's Redis keys, as {name, field, value, field, value ...}; ARGV[2] says whether they are deleted. */
    static final String DUMP = """
            local all = {}
            for _, name in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
              local kind, entry = redis.call('TYPE', name).ok, {string.sub(name, #ARGV[1] + 1)}
              local list
              if kind == 'hash' then list = redis.call('HGETALL', name) end
              if kind == 'zset' then list = redis.call('ZRANGE', name, 0, -1, 'WITHSCORES') end
              if kind == 'set' then
                list = {}
                for _, member in ipairs(redis.call('SMEMBERS', name)) do
                  list[#list + 1], list[#list + 2] = member, ''
                end
              end
              if kind == 'stream' then
                list = {}
                for i, line in ipairs(redis.call('XRANGE', name, '-', '+')) do
                  list[#list + 1], list[#list + 2] = string.format('%05d', i - 1), table.concat(line[2], ' ')
                end
              end
              for _, word in ipairs(list or {'type', kind}) do entry[#entry + 1] = word end
              all[#all + 1] = entry
              if ARGV[2] == 'delete' then redis.call('DEL', name) end
            end
            return all
            """;

    /** What is compared is what is said, however slow the machine. */
    private static final int PATIENCE_MS = 60_000;

    private final RedisClient redis;
    private final Map<Verb, String> digests = new EnumMap<>(Verb.class);
    private final String dumpDigest;
    private boolean functions;

    Scripts(URI uri) {
        this(uri, PlannedPool::text);
    }

    /** The scripts as functions. */
    static Scripts functions(URI uri) {
        Scripts scripts = new Scripts(uri);
        scripts.redis.functionLoadReplace(PlannedPool.library());
        scripts.functions = true;
        return scripts;
    }

    /** Scripts of other texts than those of the repository, as {@code ScriptSource} joins them. */
    Scripts(URI uri, UnaryOperator<String> texts) {
        redis = RedisClient.builder()
                .hostAndPort(uri.getHost(), uri.getPort())
                .clientConfig(DefaultJedisClientConfig.builder()
                        .socketTimeoutMillis(PATIENCE_MS)
                        .build())
                .build();
        for (Verb verb : Verb.values()) {
            digests.put(verb, redis.scriptLoad(PlannedPool.source(verb.file(), texts), ""));
        }
        dumpDigest = redis.scriptLoad(DUMP, "");
    }

    String digest(Verb verb) {
        return Objects.requireNonNull(digests.get(verb));
    }

    List<String> run(Verb verb, String meta, List<String> args) {
        if (functions) {
            return words(redis.fcall(PlannedPool.function(verb.file(), args), List.of(meta), args));
        }
        return words(redis.evalsha(digest(verb), List.of(meta), args));
    }

    AbstractPipeline pipeline() {
        return redis.pipelined();
    }

    Response<Object> run(AbstractPipeline pipeline, Verb verb, String meta, List<String> args) {
        return functions
                ? pipeline.fcall(PlannedPool.function(verb.file(), args), List.of(meta), args)
                : pipeline.evalsha(digest(verb), List.of(meta), args);
    }

    Response<Object> dump(AbstractPipeline pipeline, PlannedPool pool, boolean delete) {
        return pipeline.evalsha(dumpDigest, List.of(pool.meta()), List.of(pool.prefix(), delete ? "delete" : "keep"));
    }

    Map<String, Map<String, String>> dump(PlannedPool pool, boolean delete) {
        return state(
                redis.evalsha(dumpDigest, List.of(pool.meta()), List.of(pool.prefix(), delete ? "delete" : "keep")));
    }

    /** The server's clock, in microseconds. */
    long now() {
        List<String> time = words(redis.eval("return redis.call('TIME')"));
        return Long.parseLong(time.get(0)) * 1_000_000 + Long.parseLong(time.get(1));
    }

    String info(String section) {
        return redis.info(section);
    }

    /** A reply's words; one word for an error. */
    static List<String> words(Object reply) {
        return reply instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of(String.valueOf(reply));
    }

    /** What a dump tells: each Redis key's end with its fields, members or lines. */
    static Map<String, Map<String, String>> state(Object dump) {
        Map<String, Map<String, String>> state = new HashMap<>();
        for (Object entry : (List<?>) dump) {
            List<?> words = (List<?>) entry;
            Map<String, String> fields = new TreeMap<>();
            for (int i = 1; i + 1 < words.size(); i += 2) {
                fields.put(String.valueOf(words.get(i)), String.valueOf(words.get(i + 1)));
            }
            state.put(String.valueOf(words.get(0)), fields);
        }
        return state;
    }

    @Override
    public void close() {
        redis.close();
    }
}
