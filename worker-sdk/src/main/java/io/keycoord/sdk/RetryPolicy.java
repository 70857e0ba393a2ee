package io.keycoord.sdk;

import io.keycoord.Outcome;
import io.keycoord.Outcome.Scope;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How often and how eagerly a call is tried again. Immutable, safe for use by many threads if {@code random} is.
 *
 * @param maxAttempts tries of one call in all, 1 to 10
 * @param allowDuplicates whether a request that may have been executed is sent again
 * @param random spreads the waits of callers who were given no hint
 * @param budget bounds what is asked again of a provider that fails
 */
public record RetryPolicy(int maxAttempts, boolean allowDuplicates, RandomGenerator random, ShareBudget budget) {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    public RetryPolicy {
        if (maxAttempts < 1 || maxAttempts > 10) {
            throw new IllegalArgumentException("maxAttempts is " + maxAttempts + ", expected 1 to 10");
        }
    }

    /** Whether it may be tried again; a part of the budget may be spent by that. What rests in the coordinator ends by itself; other failures may go on for long. */
    public boolean admits(Classification trouble) {
        Scope scope = trouble.outcome().block().scope();
        boolean rests = scope != Scope.NONE && scope != Scope.ENDPOINT;
        return rests || trouble.outcome().kind() == Outcome.Kind.KEY_FAILED || budget.spend();
    }

    /**
     * How long to pause before the same key, or one that fares alike, is asked again. Nothing where a block rests in
     * the coordinator, which then dates the next lease; as told by the provider; else growing and spread.
     */
    Duration pause(Classification trouble, int attempts) {
        Scope scope = trouble.outcome().block().scope();
        // A model that rests is waited for here: the coordinator may not know the call's model.
        if (scope != Scope.NONE && scope != Scope.ENDPOINT) {
            return Duration.ZERO;
        }
        if (trouble.hinted() && !trouble.rest().isZero()) {
            return trouble.rest();
        }
        Duration growing = FIRST_PAUSE.multipliedBy(1L << Math.min(attempts - 1, 6));
        Duration capped = growing.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : growing;
        Duration most = trouble.rest().compareTo(capped) > 0 ? trouble.rest() : capped;
        return Duration.ofNanos((long) (most.toNanos() * random.nextDouble(0.5, 1)));
    }
}
