package io.keycoord.sdk;

import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import java.time.Duration;
import java.util.Optional;

/**
 * The tries of one call: how many there were, and which keys and accounts they ruled out. For one thread.
 */
public final class Retries {

    /**
     * What to do after a try that failed. If both requests are empty, nothing: the caller gets the answer as it is.
     *
     * @param elsewhere a lease that leaves out what refused; it waits for one only if {@code again} is empty
     * @param again a lease that may be of the same key, to be taken after {@code pause} if there is none elsewhere
     */
    public record Step(Optional<LeaseRequest> elsewhere, Optional<LeaseRequest> again, Duration pause) {
        static final Step GIVE_UP = new Step(Optional.empty(), Optional.empty(), Duration.ZERO);
    }

    private final RetryPolicy policy;
    private final boolean replayable;
    private LeaseRequest elsewhere;
    private LeaseRequest again;
    private int attempts;
    private boolean triedOnceMore;

    /**
     * Starts counting. Earns a part of a retry, so that it is to be made once for each call.
     *
     * @param request what the first try leased
     * @param replayable whether the request can be sent a second time
     */
    public Retries(RetryPolicy policy, LeaseRequest request, boolean replayable) {
        this(request, policy, replayable);
        policy.budget().earn();
    }

    private Retries(LeaseRequest request, RetryPolicy policy, boolean replayable) {
        this.policy = policy;
        this.replayable = replayable;
        this.elsewhere = request;
        this.again = request;
    }

    /** Starts counting anew, of the same call on another way, which earns nothing. */
    public static Retries ofDetour(RetryPolicy policy, LeaseRequest request, boolean replayable) {
        return new Retries(request, policy, replayable);
    }

    /** The rules, in order. Call it once for each failed try, with the lease it used. */
    public Step after(Classification trouble, Lease lease) {
        attempts++;
        if (attempts >= policy.maxAttempts() || !replayable || trouble.isFinal()) {
            return Step.GIVE_UP;
        }
        if (trouble.ambiguous() && !policy.allowDuplicates()) {
            return Step.GIVE_UP;
        }
        if (trouble.otherKey() == OtherKey.ANY_ONCE && triedOnceMore) {
            return Step.GIVE_UP;
        }
        if (!policy.admits(trouble)) {
            return Step.GIVE_UP;
        }
        triedOnceMore |= trouble.otherKey() == OtherKey.ANY_ONCE;
        elsewhere = without(elsewhere, trouble.otherKey(), lease);
        if (!trouble.sameKey()) {
            again = without(again, trouble.otherKey(), lease);
        }
        return new Step(
                trouble.otherKey() == OtherKey.NONE ? Optional.empty() : Optional.of(elsewhere),
                trouble.sameKey() ? Optional.of(again) : Optional.empty(),
                policy.pause(trouble, attempts));
    }

    private static LeaseRequest without(LeaseRequest request, OtherKey other, Lease lease) {
        return switch (other) {
            case NONE -> request;
            case ANY, ANY_ONCE -> request.withoutKey(lease.keyId());
            case OTHER_ACCOUNT -> request.withoutAccount(lease.accountId());
        };
    }
}
