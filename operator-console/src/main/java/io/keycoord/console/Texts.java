package io.keycoord.console;

import io.keycoord.redis.KeyView;
import io.keycoord.redis.LimitView;
import java.math.BigDecimal;
import java.math.RoundingMode;
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
        return left(key.limits(), dimension);
    }

    /** The same of any limits; {@code tokens} stands for those of input and output as well. */
    static String left(List<LimitView> all, String dimension) {
        List<LimitView> limits = all.stream()
                .filter(limit -> limit.dimension().endsWith(dimension))
                .toList();
        boolean windows =
                limits.stream().mapToLong(LimitView::periodMs).distinct().count() > 1;
        return limits.stream()
                .map(limit -> amounts(limit) + (windows ? per(limit) : "") + named(limit))
                .distinct()
                .collect(Collectors.joining(", "));
    }

    private static String amounts(LimitView limit) {
        return switch (limit.dimension()) {
            case "money" -> dollars(limit.left()) + "/" + dollars(limit.limit()) + " USD";
            case "input_tokens" -> limit.left() + "/" + limit.limit() + " in";
            case "output_tokens" -> limit.left() + "/" + limit.limit() + " out";
            default -> limit.left() + "/" + limit.limit();
        };
    }

    private static String dollars(long microUsd) {
        return BigDecimal.valueOf(microUsd, 6).setScale(2, RoundingMode.DOWN).toPlainString();
    }

    private static String per(LimitView limit) {
        return " per " + Durations.show(Duration.ofMillis(limit.periodMs()));
    }

    private static String named(LimitView limit) {
        return limit.models().equals("*") ? "" : " " + limit.models();
    }
}
