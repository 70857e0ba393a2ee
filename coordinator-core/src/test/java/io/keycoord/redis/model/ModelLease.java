package io.keycoord.redis.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The record of a lease, in the form of {@code lua/lib/lease.lua}. */
record ModelLease(
        String key,
        String worker,
        long tokens,
        long since,
        String unit,
        String group,
        long start,
        long gen,
        boolean probe,
        List<Long> stamps) {

    String text() {
        String v = stamps.stream().map(stamp -> Long.toString(stamp)).collect(Collectors.joining(","));
        return "key=" + key + " worker=" + worker + " tokens=" + tokens + " since=" + since + " unit=" + unit
                + " group=" + group + " start=" + start + " gen=" + gen + " probe=" + (probe ? 1 : 0) + " v=" + v;
    }

    static ModelLease parse(String text) {
        Map<String, String> words = new HashMap<>();
        for (String word : text.split(" ", -1)) {
            int equals = word.indexOf('=');
            words.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return new ModelLease(
                word(words, "key"),
                word(words, "worker"),
                Long.parseLong(word(words, "tokens")),
                Long.parseLong(word(words, "since")),
                word(words, "unit"),
                word(words, "group"),
                Long.parseLong(word(words, "start")),
                Long.parseLong(word(words, "gen")),
                word(words, "probe").equals("1"),
                stamps(word(words, "v")));
    }

    private static List<Long> stamps(String list) {
        return list.isEmpty()
                ? List.of()
                : Arrays.stream(list.split(",", -1))
                        .map(Long::valueOf)
                        .collect(Collectors.toCollection(ArrayList::new));
    }

    private static String word(Map<String, String> words, String name) {
        String word = words.get(name);
        if (word == null) {
            throw new IllegalArgumentException("a lease's record lacks " + name);
        }
        return word;
    }
}
