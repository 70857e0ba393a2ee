package io.keycoord.sdk.openrouter;

/**
 * How many calls of a batch may be under way. An overload halves it, at most once per window of calls, and each answer
 * widens it a little, by about one for as many answers as it is wide. For one thread.
 */
final class CallWindow {
    private final int most;
    private double size;
    private long sent;
    private long sentWhenHalved;

    /** Begins fully open, with room for {@code most} calls, at least 1. */
    CallWindow(int most) {
        this.most = most;
        this.size = most;
    }

    int size() {
        return (int) size;
    }

    /** A call is sent. Its number is to be told with {@link #onOverload}. */
    long onSent() {
        return ++sent;
    }

    void onAnswer() {
        size = Math.min(most, size + 1 / size);
    }

    /** Calls sent before the last halving say nothing of the window as it is now. */
    void onOverload(long number) {
        if (number > sentWhenHalved) {
            sentWhenHalved = sent;
            size = Math.max(1, size / 2);
        }
    }
}
