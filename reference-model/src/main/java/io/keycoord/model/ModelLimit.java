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

    private static final long MOST_SHARED = 800_000;
    private static final long LONGEST_US = 610_000_000;

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

    /** The same, of which so many millionths are withheld, if it is divided. */
    ModelLimit less(long withheld) {
        return isDivided()
                ? new ModelLimit(
                        name,
                        dimension,
                        mode,
                        left(withheld),
                        period,
                        tolerance,
                        unit,
                        refund,
                        completion,
                        jitter,
                        whole)
                : this;
    }

    private long left(long withheld) {
        return Math.max(1, whole - Numbers.ceilDiv(Math.multiplyExact(whole, withheld), MILLIONTHS));
    }

    /** Neither what counts for long, nor a bucket that would hold less than one unit. */
    private boolean isDivided() {
        boolean tooLittle = isBucket() && Numbers.ceilDiv(period, left(MOST_SHARED)) > tolerance;
        return period * unit <= LONGEST_US && !tooLittle;
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
