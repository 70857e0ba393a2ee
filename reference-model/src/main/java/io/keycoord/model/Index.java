package io.keycoord.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** A sorted set without its sentinel. */
final class Index {
    private final Map<String, Long> scores = new HashMap<>();
    private final TreeSet<Map.Entry<String, Long>> ordered = new TreeSet<>(
            Map.Entry.<String, Long>comparingByValue().thenComparing(Comparator.comparing(Map.Entry::getKey)));

    void put(String member, long score) {
        remove(member);
        scores.put(member, score);
        ordered.add(Map.entry(member, score));
    }

    boolean remove(String member) {
        Long score = scores.remove(member);
        return score != null && ordered.remove(Map.entry(member, score));
    }

    boolean holds(String member) {
        return scores.containsKey(member);
    }

    long score(String member) {
        return scores.getOrDefault(member, -1L);
    }

    int size() {
        return scores.size();
    }

    /** A copy, lowest score first. */
    List<Map.Entry<String, Long>> entries() {
        return new ArrayList<>(ordered);
    }

    List<String> first(int most) {
        return upTo(Long.MAX_VALUE, most);
    }

    /** The lowest members whose score is at most {@code highest}. */
    List<String> upTo(long highest, int most) {
        List<String> members = new ArrayList<>();
        for (Map.Entry<String, Long> entry : ordered) {
            if (entry.getValue() > highest || members.size() == most) {
                break;
            }
            members.add(entry.getKey());
        }
        return members;
    }

    Map<String, String> dump() {
        Map<String, String> dump = new TreeMap<>();
        scores.forEach((member, score) -> dump.put(member, Long.toString(score)));
        dump.put("-", "inf");
        return dump;
    }
}
