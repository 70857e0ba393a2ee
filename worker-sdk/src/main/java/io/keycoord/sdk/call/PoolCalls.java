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
import io.keycoord.sdk.RetryBudget;
import io.keycoord.sdk.RetryPolicy;
import io.keycoord.sdk.TokenEstimates;
import io.keycoord.sdk.TroubleLog;
import io.keycoord.sdk.provider.Dialect;
import java.util.Optional;
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
        TroubleLog log) {

    /**
     * Begins a client.
     *
     * @throws IllegalArgumentException if the pool is not configured
     */
    public static PoolCalls of(KeyCoordinator keys, String id, CallOptions options) {
        PoolInfo pool = keys.pool(id);
        Dialect dialect = options.dialect(pool.provider());
        TroubleLog log = new TroubleLog(options.clock());
        TokenEstimates estimates = new TokenEstimates(dialect.output());
        LimitReader limits = new LimitReader(dialect.limits(), options.clock());
        OutcomeClassifier classifier =
                new OutcomeClassifier(dialect.name(), dialect.rules(), limits, options.clock(), options.unmatched());
        RetryPolicy policy = new RetryPolicy(
                options.maxAttempts(),
                options.allowDuplicateGeneration(),
                () -> ThreadLocalRandom.current().nextLong(),
                new RetryBudget());
        return new PoolCalls(
                keys,
                pool,
                options,
                dialect,
                new CallFactsReader(options.defaultOutputTokens()),
                estimates,
                policy,
                new AnswerJudge(classifier, limits, estimates, log),
                log);
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
