package io.keycoord.sdk;

import io.keycoord.Outcome;
import io.keycoord.Outcome.Block;
import io.keycoord.Outcome.Failure;
import io.keycoord.Outcome.Scope;
import java.time.Duration;

/** What a refusal does to the key and its account: the bridge from a {@link Rule} to an {@link Outcome}. */
public enum Effect {
    /** Disables the key at once: only where the provider says that it is closed for good. */
    DEAD,
    /** Opens the key's breaker; if the one probe after its rest is refused alike, the key is disabled. */
    SUSPECT_THEN_DEAD,
    /** Opens the key's breaker and never disables it: its credential may be in order. */
    SUSPECT,
    /** As {@link #SUSPECT_THEN_DEAD}, and the account rests. */
    SUSPECT_ACCOUNT,
    /** One error in the key's breaker. */
    KEY_ERROR,
    /** The key rests. */
    BLOCK_KEY,
    /** The account rests for the models that share the limit. */
    BLOCK_MODELS,
    /** As {@link #BLOCK_MODELS}, and afterwards the account goes on more slowly with these models. */
    SLOW_DOWN,
    /** The account rests. */
    BLOCK_ACCOUNT,
    /** The model rests, whoever asks for it; for no time, nothing rests. Nobody's key is at fault. */
    BLOCK_ENDPOINT,
    /**
     * Nothing: the key was accepted, and what lies behind it refused. Not {@link #PROVIDER}, since a provider's failures
     * count against a key that fares worse than its peers, and nobody's key is at fault here.
     */
    NOBODY,
    /**
     * A failure of the provider; the coordinator decides whether it stands out for this key. If the provider said when to
     * come back, the model rests until then.
     */
    PROVIDER,
    /** The caller's own fault. */
    CALLER,
    /** This worker's network. */
    NETWORK,
    /** The caller gave up. */
    ABORTED;

    /** Whether something of ours rests by it, which it does only for more than no time. */
    public boolean needsWait() {
        return switch (this) {
            case SUSPECT_ACCOUNT, BLOCK_KEY, BLOCK_MODELS, SLOW_DOWN, BLOCK_ACCOUNT -> true;
            default -> false;
        };
    }

    Outcome outcome(String cause, Duration wait, boolean probe) {
        return switch (this) {
            case DEAD -> Outcome.keyFailed(Failure.DEAD, cause);
            case SUSPECT_THEN_DEAD -> Outcome.keyFailed(probe ? Failure.DEAD : Failure.SUSPECT, cause);
            case SUSPECT -> Outcome.keyFailed(Failure.SUSPECT, cause);
            case SUSPECT_ACCOUNT ->
                Outcome.keyFailed(probe ? Failure.DEAD : Failure.SUSPECT, cause)
                        .withBlock(new Block(Scope.ACCOUNT, wait));
            case KEY_ERROR -> Outcome.keyFailed(Failure.ERROR, cause);
            case BLOCK_KEY -> Outcome.rateLimited(new Block(Scope.KEY, wait), cause);
            case BLOCK_MODELS -> Outcome.rateLimited(new Block(Scope.ACCOUNT_MODELS, wait), cause);
            case SLOW_DOWN ->
                Outcome.rateLimited(new Block(Scope.ACCOUNT_MODELS, wait), cause)
                        .withSlowDown();
            case BLOCK_ACCOUNT -> Outcome.rateLimited(new Block(Scope.ACCOUNT, wait), cause);
            case NOBODY -> Outcome.rateLimited(new Block(Scope.NONE, Duration.ZERO), cause);
            case BLOCK_ENDPOINT -> Outcome.rateLimited(endpoint(wait), cause);
            case PROVIDER -> Outcome.providerFailed(cause).withBlock(endpoint(wait));
            case CALLER -> Outcome.callerFault(cause);
            case NETWORK -> Outcome.networkFailed(cause);
            case ABORTED -> Outcome.aborted();
        };
    }

    private static Block endpoint(Duration wait) {
        return new Block(wait.isZero() ? Scope.NONE : Scope.ENDPOINT, wait);
    }
}
