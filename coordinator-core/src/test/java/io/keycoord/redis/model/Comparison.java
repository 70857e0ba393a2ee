package io.keycoord.redis.model;

import io.keycoord.redis.PlannedPool;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;

/** Runs programs on a Redis and on the model, over one connection, and tells the first difference. */
final class Comparison implements AutoCloseable {
    /** All of a pool's Redis keys, as {name, field, value, field, value ...}; ARGV[1] says whether they are deleted. */
    private static final String DUMP = """
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

    private final RedisClient redis;
    private final Map<Verb, String> digests = new EnumMap<>(Verb.class);
    private final String dumpDigest;

    Comparison(URI uri) {
        redis = RedisClient.create(uri);
        for (Verb verb : Verb.values()) {
            digests.put(verb, load(PlannedPool.source(verb.file())));
        }
        dumpDigest = load(DUMP);
    }

    private String load(String source) {
        return redis.scriptLoad(source, "");
    }

    /** Replies to all calls and the state at the end, in one round trip. */
    Optional<String> run(Program program) {
        return compare(new Play(program, false), false);
    }

    /** The state after each call as well. */
    Optional<String> runSlowly(Program program) {
        return compare(new Play(program, true), true);
    }

    private Optional<String> compare(Play play, boolean everyState) {
        List<Response<Object>> replies = new ArrayList<>();
        List<Response<Object>> states = new ArrayList<>();
        try (AbstractPipeline pipeline = redis.pipelined()) {
            for (Play.Call call : play.calls) {
                replies.add(pipeline.evalsha(
                        Objects.requireNonNull(digests.get(call.verb())), List.of(play.planned.meta()), call.args()));
                if (everyState) {
                    states.add(dump(pipeline, play, "keep"));
                }
            }
            states.add(dump(pipeline, play, "delete"));
            pipeline.sync();
        }
        for (int i = 0; i < replies.size(); i++) {
            Play.Call call = play.calls.get(i);
            Optional<String> difference = compareReply(call.reply(), reply(replies.get(i)));
            if (difference.isEmpty() && everyState) {
                difference = compareStates(call.state(), state(states.get(i).get()));
            }
            if (difference.isPresent()) {
                return Optional.of("call " + (i + 1) + ", " + call.step() + ": " + difference.get());
            }
        }
        return compareStates(play.state(), state(states.get(states.size() - 1).get()))
                .map(difference -> "at the end: " + difference);
    }

    private Response<Object> dump(AbstractPipeline pipeline, Play play, String how) {
        return pipeline.evalsha(dumpDigest, List.of(play.planned.meta()), List.of(play.planned.prefix(), how));
    }

    private static Object reply(Response<Object> response) {
        try {
            return response.get();
        } catch (redis.clients.jedis.exceptions.JedisDataException e) {
            return "error " + e.getMessage();
        }
    }

    private static Optional<String> compareReply(List<String> expected, Object reply) {
        List<String> words = new ArrayList<>();
        if (reply instanceof List<?> list) {
            list.forEach(word -> words.add(String.valueOf(word)));
        } else {
            words.add(String.valueOf(reply));
        }
        return words.equals(expected)
                ? Optional.empty()
                : Optional.of("the model replies " + expected + ", the script " + words);
    }

    private static Map<String, Map<String, String>> state(Object dump) {
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

    private static Optional<String> compareStates(
            Map<String, Map<String, String>> model, Map<String, Map<String, String>> redis) {
        if (model.equals(redis)) {
            return Optional.empty();
        }
        TreeSet<String> names = new TreeSet<>(model.keySet());
        names.addAll(redis.keySet());
        List<String> differences = new ArrayList<>();
        for (String name : names) {
            Map<String, String> ours = model.getOrDefault(name, Map.of());
            Map<String, String> theirs = redis.getOrDefault(name, Map.of());
            TreeSet<String> fields = new TreeSet<>(ours.keySet());
            fields.addAll(theirs.keySet());
            fields.removeIf(field -> Objects.equals(ours.get(field), theirs.get(field)));
            fields.forEach(field -> differences.add(name + " " + field + " is " + ours.get(field) + " in the model, "
                    + theirs.get(field) + " in Redis"));
        }
        return Optional.of(String.join("; ", differences));
    }

    @Override
    public void close() {
        redis.close();
    }
}
