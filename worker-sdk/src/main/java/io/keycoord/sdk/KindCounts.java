package io.keycoord.sdk;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts by kind, of at most 1,000 kinds; those that come later are not counted. Safe for use by many threads. */
public final class KindCounts<K> {
    private static final int MOST = 1_000;

    private final Map<K, LongAdder> counts = new ConcurrentHashMap<>();

    /** Counts one more. Whether it is the first of its kind that is counted. */
    public boolean add(K kind) {
        LongAdder known = counts.get(kind);
        boolean first = false;
        if (known == null && counts.size() < MOST) {
            LongAdder mine = new LongAdder();
            known = counts.putIfAbsent(kind, mine);
            first = known == null;
            known = first ? mine : known;
        }
        if (known != null) {
            known.increment();
        }
        return first;
    }

    /** How many of each kind so far. A copy. */
    public Map<K, Long> all() {
        Map<K, Long> copy = new HashMap<>();
        counts.forEach((kind, count) -> copy.put(kind, count.sum()));
        return copy;
    }
}
