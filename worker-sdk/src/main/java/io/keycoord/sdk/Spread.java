package io.keycoord.sdk;

import java.util.List;

/**
 * How many times tokens were used of those that were reserved. Immutable.
 *
 * @param counts how many calls used at most {@link #BOUNDS} times what was reserved, and more than the bound before; the
 *     last count is of those that used more than the last bound
 * @param reserved tokens that were reserved in all
 * @param used tokens that were used in all
 */
public record Spread(List<Long> counts, long reserved, long used) {
    /** The bounds of the ratio of used to reserved tokens; above 1 too little was reserved. */
    public static final List<Double> BOUNDS = List.of(0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 4.0);

    public Spread {
        counts = List.copyOf(counts);
        if (counts.size() != BOUNDS.size() + 1) {
            throw new IllegalArgumentException(
                    "counts has " + counts.size() + " elements, expected " + (BOUNDS.size() + 1));
        }
    }

    /** How many calls there were. */
    public long calls() {
        return counts.stream().mapToLong(Long::longValue).sum();
    }

    /** For how many calls too little was reserved. */
    public long tooLow() {
        int first = BOUNDS.indexOf(1.0) + 1;
        return counts.subList(first, counts.size()).stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Used to reserved tokens in all; 1 if there were none. */
    public double ratio() {
        return reserved == 0 ? 1 : (double) used / reserved;
    }
}
