package io.keycoord.sdk.call;

import io.keycoord.KeyCoordinator;
import io.keycoord.LeaseRequest;
import io.keycoord.PoolInfo;
import io.keycoord.Priority;
import io.keycoord.sdk.AnswerJudge;
import io.keycoord.sdk.CallFacts;
import io.keycoord.sdk.CallFactsReader;
import io.keycoord.sdk.LimitReader;
import io.keycoord.sdk.OutcomeClassifier;
import io.keycoord.sdk.RetryPolicy;
import io.keycoord.sdk.ShareBudget;
import io.keycoord.sdk.TokenEstimates;
import io.keycoord.sdk.TroubleLog;
import io.keycoord.sdk.provider.Dialect;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What all calls of one client of a pool share, whatever carries them. Safe for use by many threads.
 *
 * @param keys what leases
 * @param pool where they go
 * @param options what was chosen
 * @param dialect how the provider is spoken to
 * @param facts reads what requests ask of the limits
 * @param estimates corrects that by what answers have told
 * @param policy how often and how eagerly is tried again
 * @param judge decides what answers were worth
 * @param log says what went wrong
 * @param hedges bounds how many calls are made twice
 * @param lastResorts the other pools that the options name
 */
public record PoolCalls(
        KeyCoordinator keys,
        PoolInfo pool,
        CallOptions options,
        Dialect dialect,
        CallFactsReader facts,
        TokenEstimates estimates,
        RetryPolicy policy,
        AnswerJudge judge,
        TroubleLog log,
        ShareBudget hedges,
        List<PoolCalls> lastResorts) {

    /** Of all calls over time, how many may be tried once more, so that a provider that fails is not asked several times as much. */
    private static final double RETRIED = 0.1;

    public PoolCalls {
        lastResorts = List.copyOf(lastResorts);
    }

    /**
     * Begins a client.
     *
     * @throws IllegalArgumentException if the pool, or one of a last resort, is not configured
     */
    public static PoolCalls of(KeyCoordinator keys, String id, CallOptions options) {
        PoolInfo pool = keys.pool(id);
        Dialect dialect = options.dialect(pool.provider());
        TroubleLog log = new TroubleLog(options.clock());
        TokenEstimates estimates = new TokenEstimates(
                dialect.output(), (reserved, used) -> options.estimateErrors().note(id, reserved, used));
        LimitReader limits = new LimitReader(dialect.limits(), options.clock());
        OutcomeClassifier classifier =
                new OutcomeClassifier(dialect.name(), dialect.rules(), limits, options.clock(), options.unmatched());
        RetryPolicy policy = new RetryPolicy(
                options.maxAttempts(),
                options.allowDuplicateGeneration(),
                () -> ThreadLocalRandom.current().nextLong(),
                ShareBudget.full(RETRIED));
        return new PoolCalls(
                keys,
                pool,
                options,
                dialect,
                new CallFactsReader(options.defaultOutputTokens(), options.counter()),
                estimates,
                policy,
                new AnswerJudge(classifier, dialect.input(), limits, estimates, log),
                log,
                ShareBudget.empty(options.hedging().map(Hedging::share).orElse(0.0)),
                lastResorts(keys, pool, options));
    }

    private static List<PoolCalls> lastResorts(KeyCoordinator keys, PoolInfo own, CallOptions options) {
        return options.fallbacks().pools().stream()
                .map(last -> lastResort(keys, own, keys.pool(last.pool()), options))
                .toList();
    }

    private static PoolCalls lastResort(KeyCoordinator keys, PoolInfo own, PoolInfo other, CallOptions options) {
        if (other.id().equals(own.id())) {
            throw new IllegalArgumentException(
                    "last resort of pool " + own.id() + " is the pool itself, expected another one");
        }
        boolean sameProvider = other.provider().equals(own.provider());
        return of(keys, other.id(), options.ofLastResort(sameProvider));
    }

    /** Every header that may carry a credential of this pool or of one of the last resorts; in whatever case. */
    public Set<String> credentialHeaders() {
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        names.addAll(Dialect.CREDENTIAL_HEADERS);
        names.add(dialect.credentialHeader());
        lastResorts.forEach(other -> names.add(other.dialect().credentialHeader()));
        return Collections.unmodifiableSet(names);
    }

    /**
     * The lease that a call needs.
     *
     * @param told what its request says
     * @param priority empty for that of the options
     * @param session what it belongs to; empty for nothing
     */
    public LeaseRequest request(CallFacts told, Optional<Priority> priority, Optional<String> session) {
        LeaseRequest request = estimates
                .corrected(told)
                .request(pool.id(), options.tenant())
                .withPriority(priority.orElse(options.priority()));
        return session.map(request::withAffinity).orElse(request);
    }

    /** A client above that repeats its calls by itself says so in a header, whose value this is. */
    public void noteForeignRetry(Optional<String> count) {
        if (count.map(String::strip).filter(text -> !text.equals("0")).isPresent()) {
            log.noteForeignRetry(pool.id());
        }
    }

    /** Without secrets, which it does not have. */
    @Override
    public String toString() {
        return "PoolCalls[" + pool.id() + "]";
    }
}
