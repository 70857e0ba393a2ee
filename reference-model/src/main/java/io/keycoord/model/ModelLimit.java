package io.keycoord.model;

import java.util.Arrays;
import java.util.List;

/**
 * One limit of a row, in the words of {@code lua/lib/limit.lua}.
 *
 * @param limit how much of it is not withheld
 * @param whole how much it would be
 */
record ModelLimit(
        String name,
        String dimension,
        String mode,
        long limit,
        long period,
        long tolerance,
        long unit,
        boolean refund,
        boolean completion,
        long jitter,
        long whole) {
    /** What shares are counted in. */
    static final long MILLIONTHS = 1_000_000;

    static List<ModelLimit> parse(String rows) {
        return rows.isEmpty()
                ? List.of()
                : Arrays.stream(rows.split(",", -1)).map(ModelLimit::parseOne).toList();
    }

    private static ModelLimit parseOne(String row) {
        String[] words = row.split(" ", -1);
        return new ModelLimit(
                words[0],
                words[1],
                words[2],
                Long.parseLong(words[3]),
                Long.parseLong(words[4]),
                Long.parseLong(words[5]),
                Long.parseLong(words[6]),
                words[7].equals("1"),
                words[8].equals("1"),
                Long.parseLong(words[9]),
                Long.parseLong(words[3]));
    }

    /** The same, of which so many millionths are withheld. */
    ModelLimit less(long withheld) {
        long left = Math.max(1, limit - Numbers.ceilDiv(limit * withheld, MILLIONTHS));
        return new ModelLimit(name, dimension, mode, left, period, tolerance, unit, refund, completion, jitter, whole);
    }

    boolean countsTokens() {
        return dimension.endsWith("tokens");
    }

    boolean isBucket() {
        return mode.equals("bucket");
    }

    boolean isFixed() {
        return mode.equals("fixed") || mode.equals("pacific") || mode.equals("month");
    }

    /** Windows that the calendar makes count as endless. */
    long windowUs() {
        return mode.equals("pacific") || mode.equals("month") ? Long.MAX_VALUE : period * unit;
    }

    /** The time that a charge takes up in a bucket, rounded against the caller. */
    long increment(long cost) {
        return Numbers.ceilDiv(Math.multiplyExact(cost, period), limit);
    }

    /** Whether the limit, idle, could ever admit the cost. */
    boolean possible(long cost) {
        return isBucket() ? increment(cost) <= tolerance : cost <= limit;
    }
}
