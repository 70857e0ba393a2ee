package io.keycoord.benchmarks.measure;

import java.util.List;

/**
 * How far callers were served in the order in which they came.
 *
 * @param inversions pairs of callers of which the later one was served first
 * @param pairs all pairs
 * @param mostOvertaken by how many later ones the unluckiest caller was overtaken
 */
public record Order(long inversions, long pairs, int mostOvertaken) {

    /** The order of callers, given by their numbers of arrival as they were served. */
    public static Order of(List<Integer> served) {
        int[] numbers = served.stream().mapToInt(number -> number).toArray();
        long inversions = 0;
        int most = 0;
        for (int i = 0; i < numbers.length; i++) {
            int before = 0;
            for (int j = 0; j < i; j++) {
                before += numbers[j] > numbers[i] ? 1 : 0;
            }
            inversions += before;
            most = Math.max(most, before);
        }
        return new Order(inversions, numbers.length * (numbers.length - 1L) / 2, most);
    }

    /** Share of the pairs that are inverted, 0 to 1. */
    public double invertedShare() {
        return pairs == 0 ? 0 : (double) inversions / pairs;
    }
}
