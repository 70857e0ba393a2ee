package io.keycoord.sdk;

import io.keycoord.sdk.Rule.Trait;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Tells what an unsuccessful answer means, by a provider's ordered rules. A credential is not called dead at first
 * sight, but where the provider says that it is closed for good: the first refusal makes it suspect, and only the probe
 * that follows its rest confirms it. Immutable but for what it counts, safe for use by many threads.
 */
public final class OutcomeClassifier {
    private static final ErrorAnswer NO_ANSWER = ErrorAnswer.of(0, Map.of(), new byte[0]);
    private static final Rule UNKNOWN_TO_CALLER =
            row("U1", FaultClass.BAD_REQUEST, Effect.CALLER, OtherKey.NONE, Trait.BY_STATUS);
    private static final Rule UNKNOWN_OF_PROVIDER =
            row("U2", FaultClass.SERVER, Effect.PROVIDER, OtherKey.NONE, Trait.SAME_KEY, Trait.BY_STATUS);
    private static final Rule BROKEN_BY_A_WORD =
            row("T4", FaultClass.STREAM_BROKEN, Effect.PROVIDER, OtherKey.NONE, Trait.BY_STATUS);

    private final String provider;
    private final List<Rule> rules;
    private final LimitReader limits;
    private final Clock clock;
    private final UnmatchedAnswers unmatched;

    /**
     * Creates a classifier.
     *
     * @param provider whose answers they are, as the configuration names it
     * @param rules tried in order; what none matches is the caller's fault below 500, else the provider's
     * @param limits reads what refusals say of the account's limits
     * @param clock turns the instants that providers name into waits
     * @param unmatched counts the answers that only their status tells of
     */
    public OutcomeClassifier(
            String provider, List<Rule> rules, LimitReader limits, Clock clock, UnmatchedAnswers unmatched) {
        this.provider = provider;
        this.rules = List.copyOf(rules);
        this.limits = limits;
        this.clock = clock;
        this.unmatched = unmatched;
    }

    /**
     * Classifies an answer that is not a success.
     *
     * @param probe whether the lease was the one call that decides over its key
     */
    public Classification classify(ErrorAnswer answer, boolean probe) {
        Rule unknown = answer.status() >= 500 ? UNKNOWN_OF_PROVIDER : UNKNOWN_TO_CALLER;
        return apply(ruleFor(answer).orElse(unknown), answer, probe);
    }

    /** Classifies a call that failed without an answer. */
    public Classification classify(TransportFault fault) {
        return ruleFor(fault).apply(NO_ANSWER, clock.instant(), false);
    }

    /**
     * Classifies an error found inside an answer that began as a success. The call was executed: its charge stays.
     *
     * @param error empty if the provider said nothing of its reason
     */
    public Classification classifyEmbedded(Optional<ErrorAnswer> error, boolean probe) {
        return error.map(answer -> embedded(answer, probe))
                .orElseGet(() -> classify(TransportFault.BROKEN))
                .executed();
    }

    /** Without a status, and unless a rule knows its words, it is an answer that broke off. */
    private Classification embedded(ErrorAnswer answer, boolean probe) {
        return answer.status() > 0
                ? classify(answer, probe)
                : apply(ruleFor(answer).orElse(BROKEN_BY_A_WORD), answer, probe);
    }

    private Classification apply(Rule rule, ErrorAnswer answer, boolean probe) {
        if (rule.is(Trait.BY_STATUS)) {
            unmatched.note(provider, answer, rule.fault());
        }
        return rule.apply(answer, clock.instant(), probe).withReported(limits.ofRefusal(answer));
    }

    private Optional<Rule> ruleFor(ErrorAnswer answer) {
        return rules.stream().filter(rule -> rule.matches(answer)).findFirst();
    }

    private static Rule ruleFor(TransportFault fault) {
        return switch (fault) {
            case NOT_SENT -> row("T1", FaultClass.NETWORK, Effect.NETWORK, OtherKey.ANY_ONCE, Trait.SAME_KEY);
            case LOST -> executed("T2", FaultClass.AMBIGUOUS);
            case SILENT -> executed("T3", FaultClass.AMBIGUOUS_TIMEOUT);
            case BROKEN -> row("T4", FaultClass.STREAM_BROKEN, Effect.PROVIDER, OtherKey.NONE);
            case STALLED -> row("T6", FaultClass.STREAM_STALLED, Effect.PROVIDER, OtherKey.NONE);
            case CANCELLED -> row("T5", FaultClass.ABORTED, Effect.ABORTED, OtherKey.NONE);
        };
    }

    private static Rule executed(String row, FaultClass fault) {
        return row(row, fault, Effect.PROVIDER, OtherKey.ANY, Trait.SAME_KEY, Trait.AMBIGUOUS);
    }

    private static Rule row(String row, FaultClass fault, Effect effect, OtherKey otherKey, Trait... traits) {
        return new Rule(row, fault, effect, answer -> true, WaitRule.NONE, otherKey, Set.of(traits));
    }
}
