package io.keycoord.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The record of a lease, in the form of {@code lua/lib/lease.lua}. Stamps: of the unit, a key of its own, each budget. */
public record ModelLease(
        String key,
        String worker,
        Cost cost,
        long since,
        String unit,
        String group,
        long start,
        long gen,
        boolean probe,
        List<String> budgets,
        List<List<Long>> stamps,
        List<Long> paces) {

    String text() {
        String v = stamps.stream()
                .map(own -> own.stream().map(stamp -> Long.toString(stamp)).collect(Collectors.joining(",")))
                .collect(Collectors.joining(";"));
        return "key=" + key + " worker=" + worker + " tokens=" + cost.tokens() + " input=" + cost.input() + " money="
                + cost.money() + " since=" + since + " unit=" + unit + " group=" + group + " start=" + start + " gen="
                + gen + " probe=" + (probe ? 1 : 0) + " budgets=" + String.join(",", budgets) + " v=" + v + pace();
    }

    private String pace() {
        return paces.stream().allMatch(eighths -> eighths == ModelPace.ALL)
                ? ""
                : " pace=" + paces.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    public static ModelLease parse(String text) {
        Map<String, String> words = new HashMap<>();
        for (String word : text.split(" ", -1)) {
            int equals = word.indexOf('=');
            words.put(word.substring(0, equals), word.substring(equals + 1));
        }
        long tokens = Long.parseLong(word(words, "tokens"));
        long input = Long.parseLong(word(words, "input"));
        return new ModelLease(
                word(words, "key"),
                word(words, "worker"),
                new Cost(input, tokens - input, Long.parseLong(word(words, "money"))),
                Long.parseLong(word(words, "since")),
                word(words, "unit"),
                word(words, "group"),
                Long.parseLong(word(words, "start")),
                Long.parseLong(word(words, "gen")),
                word(words, "probe").equals("1"),
                split(word(words, "budgets"), ","),
                Arrays.stream(word(words, "v").split(";", -1))
                        .map(ModelLease::stamps)
                        .toList(),
                stamps(words.getOrDefault("pace", "")));
    }

    private static List<Long> stamps(String list) {
        return split(list, ",").stream().map(Long::valueOf).collect(Collectors.toCollection(ArrayList::new));
    }

    private static List<String> split(String list, String by) {
        return list.isEmpty() ? List.of() : List.of(list.split(by, -1));
    }

    private static String word(Map<String, String> words, String name) {
        String word = words.get(name);
        if (word == null) {
            throw new IllegalArgumentException("a lease's record lacks " + name);
        }
        return word;
    }
}
