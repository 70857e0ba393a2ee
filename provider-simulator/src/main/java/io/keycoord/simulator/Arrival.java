package io.keycoord.simulator;

/**
 * One call as it arrived with a known key.
 *
 * @param offsetNanos since the simulator started
 * @param account whose key it carried
 * @param key the key's id
 * @param tokensAsked prompt and {@code max_tokens}
 * @param tokensUsed prompt and completion, whether or not it was admitted
 * @param durationNanos how long its answer takes
 * @param admitted whether the limits let it through
 */
public record Arrival(
        long offsetNanos,
        String account,
        String key,
        long tokensAsked,
        long tokensUsed,
        long durationNanos,
        boolean admitted) {

    /** The same as demand that any account could serve. */
    public Demand demand() {
        return new Demand(offsetNanos, tokensAsked, tokensUsed, durationNanos);
    }
}
