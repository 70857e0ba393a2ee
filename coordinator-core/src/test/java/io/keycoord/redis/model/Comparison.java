package io.keycoord.redis.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;

/** Runs programs on a Redis and on the model, and tells the first difference. */
final class Comparison {
    private final Scripts scripts;
    private final Function<Integer, Scripts> caller;

    Comparison(Scripts scripts) {
        this(scripts, call -> scripts);
    }

    /** Each call by the scripts of its caller; the calls are counted from 0. */
    Comparison(Scripts scripts, Function<Integer, Scripts> caller) {
        this.scripts = scripts;
        this.caller = caller;
    }

    /** Replies to all calls and the state at the end, in one round trip. */
    Optional<String> run(Program program) {
        return run(new Play(program, false));
    }

    Optional<String> run(Play play) {
        return compare(play, false);
    }

    /** The state after each call as well. */
    Optional<String> runSlowly(Program program) {
        return compare(new Play(program, true), true);
    }

    private Optional<String> compare(Play play, boolean everyState) {
        List<Response<Object>> replies = new ArrayList<>();
        List<Response<Object>> states = new ArrayList<>();
        try (AbstractPipeline pipeline = scripts.pipeline()) {
            for (Play.Call call : play.calls) {
                replies.add(caller.apply(replies.size()).run(pipeline, call.verb(), play.planned.meta(), call.args()));
                if (everyState) {
                    states.add(scripts.dump(pipeline, play.planned, false));
                }
            }
            states.add(scripts.dump(pipeline, play.planned, true));
            pipeline.sync();
        }
        for (int i = 0; i < replies.size(); i++) {
            Play.Call call = play.calls.get(i);
            Optional<String> difference = compareReply(call.reply(), words(replies.get(i)));
            if (difference.isEmpty() && everyState) {
                difference =
                        compareStates(call.state(), Scripts.state(states.get(i).get()));
            }
            if (difference.isPresent()) {
                return Optional.of("call " + (i + 1) + ", " + call.step() + ": " + difference.get());
            }
        }
        return compareStates(
                        play.state(),
                        Scripts.state(states.get(states.size() - 1).get()))
                .map(difference -> "at the end: " + difference);
    }

    private static List<String> words(Response<Object> response) {
        try {
            return Scripts.words(response.get());
        } catch (JedisDataException e) {
            // Where in the script it was raised is of no interest.
            return List.of("error " + String.valueOf(e.getMessage()).replaceFirst(" script: [0-9a-f]{40}, on .*", ""));
        }
    }

    private static Optional<String> compareReply(List<String> expected, List<String> reply) {
        return reply.equals(expected)
                ? Optional.empty()
                : Optional.of("the model replies " + expected + ", the script " + reply);
    }

    static Optional<String> compareStates(
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
}
