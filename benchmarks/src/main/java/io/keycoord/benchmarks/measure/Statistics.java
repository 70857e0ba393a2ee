package io.keycoord.benchmarks.measure;

import java.util.Collection;

/**
 * A figure that was measured several times.
 *
 * @param median the middle one; of an even count, the mean of the two in the middle
 * @param least the smallest
 * @param most the largest
 */
public record Statistics(double median, double least, double most) {

    /**
     * The statistics of these.
     *
     * @throws IllegalArgumentException if there are none
     */
    public static Statistics of(Collection<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("values is empty, expected at least one");
        }
        double[] sorted = values.stream().mapToDouble(value -> value).sorted().toArray();
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Statistics(median, sorted[0], sorted[sorted.length - 1]);
    }
}
