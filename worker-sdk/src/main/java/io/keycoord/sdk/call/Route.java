package io.keycoord.sdk.call;

import io.keycoord.sdk.CallFacts;
import java.util.Optional;

/**
 * One way that a call can take.
 *
 * @param calls the pool to which it goes
 * @param model to be written into its body; empty for the body as it is
 */
public record Route(PoolCalls calls, Optional<String> model) {

    /** What the call asks of the limits on this way. */
    public CallFacts facts(CallFacts told) {
        return model.map(other -> new CallFacts(Optional.of(other), told.inputTokens(), told.outputTokens()))
                .orElse(told);
    }

    boolean isOfSamePool(Route other) {
        return calls.pool().id().equals(other.calls.pool().id());
    }

    @Override
    public String toString() {
        return calls.pool().id() + model.map(other -> " with model " + other).orElse("");
    }
}
