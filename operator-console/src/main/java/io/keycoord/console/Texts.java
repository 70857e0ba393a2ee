package io.keycoord.console;

import io.keycoord.redis.KeyView;
import io.keycoord.redis.LimitView;
import java.time.Duration;
import java.time.Instant;
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

    /** What is left of the limits of one dimension, each against the limit. */
    static String left(KeyView key, String dimension) {
        return key.limits().stream()
                .filter(limit -> limit.dimension().equals(dimension))
                .map(limit -> limit.left() + "/" + limit.limit() + named(limit))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static String named(LimitView limit) {
        return limit.models().equals("*") ? "" : " " + limit.models();
    }
}
