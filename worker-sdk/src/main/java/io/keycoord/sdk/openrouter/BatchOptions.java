package io.keycoord.sdk.openrouter;

/**
 * How {@link OpenRouterClient#completeAll} works. Immutable.
 *
 * @param maxConcurrent calls at the same time, 1 to 512; fewer while the provider or the pool is overloaded
 */
public record BatchOptions(int maxConcurrent) {
    private static final int STANDARD = 5;
    private static final int MOST = 512;

    /**
     * Checks the component.
     *
     * @throws IllegalArgumentException if it is out of its range
     */
    public BatchOptions {
        if (maxConcurrent < 1 || maxConcurrent > MOST) {
            throw new IllegalArgumentException("maxConcurrent is " + maxConcurrent + ", expected 1 to " + MOST);
        }
    }

    /** Five calls at the same time. */
    public static BatchOptions standard() {
        return new BatchOptions(STANDARD);
    }

    /**
     * So many calls at the same time at most.
     *
     * @throws IllegalArgumentException if it is not 1 to 512
     */
    public static BatchOptions maxConcurrent(int calls) {
        return new BatchOptions(calls);
    }
}
