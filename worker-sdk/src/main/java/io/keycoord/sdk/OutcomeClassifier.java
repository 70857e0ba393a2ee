package io.keycoord.sdk;

import static io.keycoord.sdk.Rule.rule;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tells what an unsuccessful answer means, by a provider's ordered rules. A credential is never called dead at first
 * sight: the first refusal makes it suspect, and only the probe that follows its rest confirms it. Immutable, safe for
 * use by many threads.
 */
public final class OutcomeClassifier {
    private static final ErrorAnswer NO_ANSWER = ErrorAnswer.of(0, Map.of(), new byte[0]);
    private static final Rule UNKNOWN_TO_CALLER = rule("U1", FaultClass.BAD_REQUEST, Effect.CALLER);
    private static final Rule UNKNOWN_OF_PROVIDER =
            rule("U2", FaultClass.SERVER, Effect.PROVIDER).sameKey();

    private final List<Rule> rules;
    private final LimitReader limits;
    private final Clock clock;

    /**
     * Creates a classifier.
     *
     * @param rules tried in order; what none matches is the caller's fault below 500, else the provider's
     * @param limits reads what refusals say of the account's limits
     * @param clock turns the instants that providers name into waits
     */
    public OutcomeClassifier(List<Rule> rules, LimitReader limits, Clock clock) {
        this.rules = List.copyOf(rules);
        this.limits = limits;
        this.clock = clock;
    }

    /**
     * Classifies an answer that is not a success.
     *
     * @param probe whether the lease was the one call that decides over its key
     */
    public Classification classify(ErrorAnswer answer, boolean probe) {
        return ruleFor(answer).apply(answer, clock.instant(), probe).withReported(limits.ofRefusal(answer));
    }

    /** Classifies a call that failed without an answer. */
    public Classification classify(TransportFault fault) {
        return ruleFor(fault).apply(NO_ANSWER, clock.instant(), false);
    }

    /**
     * Classifies an error found inside an answer that began as a success. The call was executed: its charge stays.
     *
     * @param error empty if the provider gave no code that says whose fault it is
     */
    public Classification classifyEmbedded(Optional<ErrorAnswer> error, boolean probe) {
        return error.map(answer -> classify(answer, probe))
                .orElseGet(() -> classify(TransportFault.BROKEN))
                .executed();
    }

    private Rule ruleFor(ErrorAnswer answer) {
        for (Rule rule : rules) {
            if (rule.matches(answer)) {
                return rule;
            }
        }
        return answer.status() >= 500 ? UNKNOWN_OF_PROVIDER : UNKNOWN_TO_CALLER;
    }

    private static Rule ruleFor(TransportFault fault) {
        return switch (fault) {
            case NOT_SENT ->
                rule("T1", FaultClass.NETWORK, Effect.NETWORK)
                        .otherKey(OtherKey.ANY_ONCE)
                        .sameKey();
            case LOST -> executed("T2", FaultClass.AMBIGUOUS);
            case SILENT -> executed("T3", FaultClass.AMBIGUOUS_TIMEOUT);
            case BROKEN -> rule("T4", FaultClass.STREAM_BROKEN, Effect.PROVIDER);
            case CANCELLED -> rule("T5", FaultClass.ABORTED, Effect.ABORTED);
        };
    }

    private static Rule executed(String row, FaultClass fault) {
        return rule(row, fault, Effect.PROVIDER)
                .otherKey(OtherKey.ANY)
                .sameKey()
                .ambiguous();
    }
}
