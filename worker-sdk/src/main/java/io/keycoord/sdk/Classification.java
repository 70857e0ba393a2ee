package io.keycoord.sdk;

import io.keycoord.Outcome;
import io.keycoord.ReportedLimit;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What one unsuccessful answer means. Immutable.
 *
 * @param row the rule that matched, for logs, for example {@code OR6}
 * @param fault what went wrong
 * @param outcome how the lease is settled
 * @param rest for how long what refused will go on refusing, as far as the provider or the rule says
 * @param hinted whether {@code rest} was told by the provider
 * @param otherKey which other key could serve the request
 * @param sameKey whether the same key can serve it after {@code rest}
 * @param ambiguous whether the request may have been executed and billed, so that a repeat may do it twice
 * @param alert whether a person should know
 */
public record Classification(
        String row,
        FaultClass fault,
        Outcome outcome,
        Duration rest,
        boolean hinted,
        OtherKey otherKey,
        boolean sameKey,
        boolean ambiguous,
        boolean alert) {

    public Classification {
        Objects.requireNonNull(row, "row");
        Objects.requireNonNull(fault, "fault");
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(otherKey, "otherKey");
        if (rest.isNegative()) {
            throw new IllegalArgumentException("rest is " + rest + ", expected zero or more");
        }
    }

    /** The same, of a call that was executed, so that its reservation stays charged. */
    Classification executed() {
        return new Classification(
                row, fault, outcome.withUnknownUsage(), rest, hinted, otherKey, sameKey, ambiguous, alert);
    }

    /** The same, of an answer that says what is left of the account's limits. */
    public Classification withReported(List<ReportedLimit> limits) {
        return new Classification(
                row, fault, outcome.withReported(limits), rest, hinted, otherKey, sameKey, ambiguous, alert);
    }

    /** Whether no retry can help. */
    public boolean isFinal() {
        return otherKey == OtherKey.NONE && !sameKey;
    }

    @Override
    public String toString() {
        return row + " " + fault + " -> " + outcome + " " + outcome.block() + ", rest " + rest;
    }
}
