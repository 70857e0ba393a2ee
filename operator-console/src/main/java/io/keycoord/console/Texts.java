package io.keycoord.console;

import io.keycoord.redis.KeyView;
import io.keycoord.redis.LimitView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** Figures as people read them. */
final class Texts {
    private Texts() {}

    /** How far a time is ahead; empty for one that is past or none. */
    static String until(long timeMs, long nowMs) {
        return timeMs <= nowMs ? "" : "in " + Durations.show(Duration.ofMillis(timeMs - nowMs));
    }

    static String time(long timeMs) {
        return timeMs == 0 ? "" : Instant.ofEpochMilli(timeMs).toString();
    }

    /** What is left of the limits of one dimension, each against the limit, with its window where there are several. */
    static String left(KeyView key, String dimension) {
        List<LimitView> limits = key.limits().stream()
                .filter(limit -> limit.dimension().equals(dimension))
                .toList();
        boolean windows =
                limits.stream().mapToLong(LimitView::periodMs).distinct().count() > 1;
        return limits.stream()
                .map(limit -> limit.left() + "/" + limit.limit() + (windows ? per(limit) : "") + named(limit))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static String per(LimitView limit) {
        return " per " + Durations.show(Duration.ofMillis(limit.periodMs()));
    }

    private static String named(LimitView limit) {
        return limit.models().equals("*") ? "" : " " + limit.models();
    }
}
