package io.keycoord.sdk;

/**
 * How many calls of a batch may be under way at the same time. An overload halves it, at most once per window of calls, and
 * each answer widens it a little, by about one for as many answers as it is wide. For one thread.
 */
public final class CallWindow {
    private final int most;
    private double size;
    private long sent;
    private long sentWhenHalved;

    /**
     * Begins fully open.
     *
     * @param most calls at the same time
     * @throws IllegalArgumentException if it is less than 1
     */
    public CallWindow(int most) {
        if (most < 1) {
            throw new IllegalArgumentException("most is " + most + ", expected 1 or more");
        }
        this.most = most;
        this.size = most;
    }

    /** Calls that may be under way now, 1 to {@code most}. */
    public int size() {
        return (int) size;
    }

    /** A call is sent. Its number is to be told with {@link #onOverload}. */
    public long onSent() {
        return ++sent;
    }

    /** A call was answered, without an overload. */
    public void onAnswer() {
        size = Math.min(most, size + 1 / size);
    }

    /**
     * A call met an overload. Calls sent before the last halving say nothing of the window as it is now.
     *
     * @param number what {@link #onSent} gave for it
     */
    public void onOverload(long number) {
        if (number > sentWhenHalved) {
            sentWhenHalved = sent;
            size = Math.max(1, size / 2);
        }
    }
}
