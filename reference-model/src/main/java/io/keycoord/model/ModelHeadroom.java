package io.keycoord.model;

import java.util.Arrays;
import java.util.List;

/** {@code lua/lib/priority.lua}. */
final class ModelHeadroom {
    private static final List<String> PRIORITIES = List.of("interactive", "normal", "batch");

    private final ModelPool pool;
    private final long[] words;

    ModelHeadroom(ModelPool pool) {
        this.pool = pool;
        this.words = Arrays.stream(pool.meta.text("headroom").split(" ", -1))
                .mapToLong(Long::parseLong)
                .toArray();
    }

    private long ageingUs() {
        return words[2] * 1000;
    }

    /** In percent. */
    long leftBy(ModelWaiting.Turn turn) {
        return leftSince(turn.priority(), turn.began(pool.now));
    }

    /** In percent, by one that waits at that rank. */
    long leftAt(String priority, long rank) {
        return leftSince(priority, rank - behind(priority));
    }

    private long leftSince(String priority, long began) {
        long waited = Math.max(0, pool.now - began);
        long step = PRIORITIES.indexOf(priority) - waited / ageingUs();
        return step <= 0 ? 0 : words[(int) step - 1];
    }

    /** How much later than others its turn comes, in microseconds. */
    long behind(String priority) {
        return (PRIORITIES.indexOf(priority) - 1) * ageingUs();
    }
}
