package io.keycoord.sdk.call;

import io.keycoord.Priority;
import io.keycoord.sdk.EstimateErrors;
import io.keycoord.sdk.TokenCounter;
import io.keycoord.sdk.UnmatchedAnswers;
import io.keycoord.sdk.provider.Dialect;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * What may be chosen. Immutable; each {@code with…} returns a changed copy.
 *
 * @param maxWait how long each wait for a lease may take in a call without a call timeout, zero to one day
 * @param maxAttempts how often one call is sent at most, 1 to 10
 * @param defaultOutputTokens reserved for the answer to a request that names no maximum, 0 to 1,000,000,000
 * @param tenant who pays for the calls, a tenant of the pool; empty for nobody in particular
 * @param priority how important calls are whose requests have no tag that says so
 * @param allowDuplicateGeneration whether a request is sent again although it may have been executed and billed, as
 *     after a lost connection
 * @param clock turns the instants that providers name into waits
 * @param rules how the provider is called and how it says no, instead of what is built in for the pool's provider
 * @param unmatched counts the answers that no rule of the provider recognises
 * @param counter counts the tokens of prompts; without one they are estimated by their characters
 * @param estimateErrors counts by how much what was reserved for calls was wrong
 * @param answerLimits how long the data of an answer is waited for
 * @param fallbacks where a call goes on when its model or its pool cannot serve it
 * @param hedging when a call is made a second time because its answer is late; empty for never
 * @param counts counts what calls did beside
 */
public record CallOptions(
        Duration maxWait,
        int maxAttempts,
        long defaultOutputTokens,
        Optional<String> tenant,
        Priority priority,
        boolean allowDuplicateGeneration,
        Clock clock,
        Optional<Dialect> rules,
        UnmatchedAnswers unmatched,
        Optional<TokenCounter> counter,
        EstimateErrors estimateErrors,
        AnswerLimits answerLimits,
        Fallbacks fallbacks,
        Optional<Hedging> hedging,
        CallCounts counts) {

    public CallOptions {
        if (maxWait.isNegative() || maxWait.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("maxWait is " + maxWait + ", expected zero to PT24H");
        }
        if (maxAttempts < 1 || maxAttempts > 10) {
            throw new IllegalArgumentException("maxAttempts is " + maxAttempts + ", expected 1 to 10");
        }
        if (defaultOutputTokens < 0 || defaultOutputTokens > 1_000_000_000L) {
            throw new IllegalArgumentException(
                    "defaultOutputTokens is " + defaultOutputTokens + ", expected 0 to 1000000000");
        }
        if (tenant.filter(String::isEmpty).isPresent()) {
            throw new IllegalArgumentException("tenant is empty, expected the id of a tenant of the pool");
        }
        Objects.requireNonNull(priority, "priority");
        Objects.requireNonNull(clock, "clock");
        Objects.requireNonNull(rules, "rules");
        Objects.requireNonNull(unmatched, "unmatched");
        Objects.requireNonNull(counter, "counter");
        Objects.requireNonNull(estimateErrors, "estimateErrors");
        Objects.requireNonNull(answerLimits, "answerLimits");
        Objects.requireNonNull(fallbacks, "fallbacks");
        Objects.requireNonNull(hedging, "hedging");
        Objects.requireNonNull(counts, "counts");
    }

    /** Waits 30 s, three tries, 1,024 tokens, normal calls, no duplicates, the system's clock, the built-in rules. */
    public static CallOptions standard() {
        return new CallOptions(
                Duration.ofSeconds(30),
                3,
                1_024,
                Optional.empty(),
                Priority.NORMAL,
                false,
                Clock.systemUTC(),
                Optional.empty(),
                new UnmatchedAnswers(),
                Optional.empty(),
                new EstimateErrors(),
                AnswerLimits.NONE,
                Fallbacks.NONE,
                Optional.empty(),
                new CallCounts());
    }

    /** A copy of which one part is about to be changed. */
    private static final class Draft {
        private Duration maxWait;
        private int maxAttempts;
        private long defaultOutputTokens;
        private Optional<String> tenant;
        private Priority priority;
        private boolean allowDuplicateGeneration;
        private Clock clock;
        private Optional<Dialect> rules;
        private UnmatchedAnswers unmatched;
        private Optional<TokenCounter> counter;
        private EstimateErrors estimateErrors;
        private AnswerLimits answerLimits;
        private Fallbacks fallbacks;
        private Optional<Hedging> hedging;
        private CallCounts counts;

        Draft(CallOptions before) {
            maxWait = before.maxWait;
            maxAttempts = before.maxAttempts;
            defaultOutputTokens = before.defaultOutputTokens;
            tenant = before.tenant;
            priority = before.priority;
            allowDuplicateGeneration = before.allowDuplicateGeneration;
            clock = before.clock;
            rules = before.rules;
            unmatched = before.unmatched;
            counter = before.counter;
            estimateErrors = before.estimateErrors;
            answerLimits = before.answerLimits;
            fallbacks = before.fallbacks;
            hedging = before.hedging;
            counts = before.counts;
        }
    }

    private CallOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new CallOptions(
                draft.maxWait,
                draft.maxAttempts,
                draft.defaultOutputTokens,
                draft.tenant,
                draft.priority,
                draft.allowDuplicateGeneration,
                draft.clock,
                draft.rules,
                draft.unmatched,
                draft.counter,
                draft.estimateErrors,
                draft.answerLimits,
                draft.fallbacks,
                draft.hedging,
                draft.counts);
    }

    public CallOptions withMaxWait(Duration wait) {
        return with(draft -> draft.maxWait = wait);
    }

    public CallOptions withMaxAttempts(int attempts) {
        return with(draft -> draft.maxAttempts = attempts);
    }

    public CallOptions withDefaultOutputTokens(long tokens) {
        return with(draft -> draft.defaultOutputTokens = tokens);
    }

    /** The same for calls of one tenant of the pool: its budget is charged, and what is reserved for it may be used. */
    public CallOptions withTenant(String id) {
        return with(draft -> draft.tenant = Optional.of(id));
    }

    /** The same for calls that are as important as this, unless the tag of a request says otherwise. */
    public CallOptions withPriority(Priority other) {
        return with(draft -> draft.priority = other);
    }

    public CallOptions withDuplicateGeneration(boolean allowed) {
        return with(draft -> draft.allowDuplicateGeneration = allowed);
    }

    public CallOptions withClock(Clock other) {
        return with(draft -> draft.clock = other);
    }

    /**
     * The same with a file of rules, as {@code docs/providers.md} describes it. The file is read now and not again.
     * With {@code "extends": "openai"} its rules are tried before the built-in ones of OpenAI; with no such field they
     * are all there is.
     *
     * @throws io.keycoord.sdk.provider.RulesException if the file cannot be read or anything in it is not as expected; it
     *     names the place
     */
    public CallOptions withRules(Path file) {
        Dialect read = Dialect.read(file);
        return with(draft -> draft.rules = Optional.of(read));
    }

    /** The same, counting into {@code counter} the answers that no rule recognises. */
    public CallOptions withUnmatched(UnmatchedAnswers counter) {
        return with(draft -> draft.unmatched = counter);
    }

    /** The same with prompts counted by {@code counter}; see {@link TokenCounter} for when and how much it is asked. */
    public CallOptions withTokenCounter(TokenCounter counter) {
        return with(draft -> draft.counter = Optional.of(counter));
    }

    /** The same, counting into {@code errors} by how much what was reserved for calls was wrong. */
    public CallOptions withEstimateErrors(EstimateErrors errors) {
        return with(draft -> draft.estimateErrors = errors);
    }

    /**
     * The same with a limit for the first data of an answer, whole or streamed, from the moment at which its request is sent.
     * An answer is held back until then; one that stays away is the provider's failure, ends with an {@link
     * io.keycoord.sdk.AnswerStalledException}, and is tried again where {@link #withDuplicateGeneration} allows it.
     *
     * @param limit 1 ms to one day; longer than a whole answer takes, if answers are not streamed
     * @throws IllegalArgumentException if it is not
     */
    public CallOptions withFirstTokenTimeout(Duration limit) {
        return with(draft -> draft.answerLimits = new AnswerLimits(Optional.of(limit), draft.answerLimits.idle()));
    }

    /**
     * The same with a limit for each silence in the middle of an answer. One that stands still for longer is the provider's
     * failure and ends with an {@link io.keycoord.sdk.AnswerStalledException}; it is never tried again.
     *
     * @param limit 1 ms to one day
     * @throws IllegalArgumentException if it is not
     */
    public CallOptions withIdleTimeout(Duration limit) {
        return with(
                draft -> draft.answerLimits = new AnswerLimits(draft.answerLimits.firstToken(), Optional.of(limit)));
    }

    /**
     * The same with other models that do instead of one when that rests for everybody, or its provider fails: the call is
     * leased for the next of them, and the field {@code model} of its JSON body rewritten. The last is waited for, the others
     * are not.
     *
     * @param model as callers ask for it; replaces what was said of it before
     * @param others in order, without {@code model}, each once
     * @throws IllegalArgumentException if they are not
     */
    public CallOptions withFallbackModels(String model, List<String> others) {
        return with(draft -> draft.fallbacks = draft.fallbacks.withModels(model, others));
    }

    /** As {@link #withLastResort(String, UnaryOperator)}, with the models called alike. */
    public CallOptions withLastResort(String pool) {
        return withLastResort(pool, UnaryOperator.identity());
    }

    /**
     * The same with another pool, after those named before, for calls that the keys of their own pool cannot serve: none can be
     * leased in time, or the tries are used up by failures that may be repeated. The path below the base URL and the body are
     * kept, so that the other provider must take the same requests. A call with a timeout leaves half of what is left of it to
     * the pools that follow. A tenant must be one of each pool.
     *
     * @param pool its id; it is looked up when a client is made
     * @param model what a model of the own pool is called there, null for one that is not; may be called by many threads
     * @throws IllegalArgumentException if the pool is named already
     */
    public CallOptions withLastResort(String pool, UnaryOperator<String> model) {
        return with(draft -> draft.fallbacks = draft.fallbacks.withPool(new Fallbacks.LastResort(pool, model)));
    }

    /**
     * The same, with a call made a second time if the headers of its answer are late: with a lease on another account, if one
     * is free at once, and only if its body can be sent twice. The first success is the answer; the other call is hung up on
     * and keeps its charge, for the provider may count both. Only for the JDK's client; OkHttp's refuses it.
     *
     * @param after without headers; longer than 19 of 20 answers take, 1 ms to one hour
     * @param share of all calls of the client that may be made twice, over time; more than 0 to 0.5, usually 0.05
     * @throws IllegalArgumentException if one of them is not
     */
    public CallOptions withHedging(Duration after, double share) {
        Hedging chosen = new Hedging(after, share);
        return with(draft -> draft.hedging = Optional.of(chosen));
    }

    /** The same, counting into {@code other} what calls do beside. */
    public CallOptions withCounts(CallCounts other) {
        return with(draft -> draft.counts = other);
    }

    /** What holds for the pool of a last resort: own rules only if it has the provider they were made for. */
    CallOptions ofLastResort(boolean sameProvider) {
        return with(draft -> {
            draft.fallbacks = Fallbacks.NONE;
            draft.rules = sameProvider ? rules : Optional.empty();
        });
    }

    /** How a pool's provider is spoken to with these options. */
    public Dialect dialect(String provider) {
        return rules.map(own -> own.named(provider)).orElseGet(() -> Dialect.of(provider));
    }
}
