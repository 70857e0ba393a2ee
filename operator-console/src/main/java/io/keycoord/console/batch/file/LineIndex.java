package io.keycoord.console.batch.file;

import java.util.Arrays;

/** Where each line of work is in the input: 16 bytes a line, so that the input itself need not be held. */
final class LineIndex {
    private long[] offsets = new long[1024];
    private int[] lengths = new int[1024];
    private int[] numbers = new int[1024];
    private int size;

    /** Lines are added in the order of their numbers. */
    void add(int number, long offset, int length) {
        if (size == offsets.length) {
            int larger = size + size / 2;
            offsets = Arrays.copyOf(offsets, larger);
            lengths = Arrays.copyOf(lengths, larger);
            numbers = Arrays.copyOf(numbers, larger);
        }
        offsets[size] = offset;
        lengths[size] = length;
        numbers[size] = number;
        size++;
    }

    int size() {
        return size;
    }

    long offset(int index) {
        return offsets[index];
    }

    int length(int index) {
        return lengths[index];
    }

    /** The line's number in the file, from 1. */
    int number(int index) {
        return numbers[index];
    }

    /** The position of the line with this number, or a negative value if there is no such line of work. */
    int indexOf(int number) {
        return Arrays.binarySearch(numbers, 0, size, number);
    }
}
