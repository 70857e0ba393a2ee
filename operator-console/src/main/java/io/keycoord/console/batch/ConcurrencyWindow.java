package io.keycoord.console.batch;

/**
 * How many calls may be under way at the same time. An overload answer halves it, at most once per window of calls, and
 * each answer widens it a little, by one for as many answers as it is wide. Not safe for use by several threads.
 */
final class ConcurrencyWindow {
    private final int max;
    private double size;
    private long sent;
    private long halvedAt;

    /**
     * Begins fully open.
     *
     * @param max calls at the same time, at least 1
     */
    ConcurrencyWindow(int max) {
        if (max < 1) {
            throw new IllegalArgumentException("max is " + max + ", expected 1 or more");
        }
        this.max = max;
        this.size = max;
    }

    int size() {
        return (int) size;
    }

    /** A call is sent. The number returned is to be given back with {@link #onOverload}. */
    long onSent() {
        return ++sent;
    }

    void onAnswer() {
        size = Math.min(max, size + 1 / size);
    }

    /** Calls sent before the last halving tell nothing about the window as it is now. */
    void onOverload(long ticket) {
        if (ticket > halvedAt) {
            halvedAt = sent;
            size = Math.max(1, size / 2);
        }
    }
}
