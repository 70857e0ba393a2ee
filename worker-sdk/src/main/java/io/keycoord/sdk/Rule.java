package io.keycoord.sdk;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * One row of a provider's error table, as data: what it matches, what that does to the key, how long to wait, and
 * whether another try helps. Rules are tried in order and the first match wins, so the narrower one comes first.
 * Immutable; each {@code with}-like method returns a changed copy.
 */
public final class Rule {
    private final String row;
    private final FaultClass fault;
    private final Effect effect;
    private final Predicate<ErrorAnswer> match;
    private final WaitRule wait;
    private final OtherKey otherKey;
    private final boolean sameKey;
    private final boolean ambiguous;
    private final boolean chargeKept;
    private final boolean alert;

    private Rule(
            String row,
            FaultClass fault,
            Effect effect,
            Predicate<ErrorAnswer> match,
            WaitRule wait,
            OtherKey otherKey,
            boolean sameKey,
            boolean ambiguous,
            boolean chargeKept,
            boolean alert) {
        this.row = row;
        this.fault = fault;
        this.effect = effect;
        this.match = match;
        this.wait = wait;
        this.otherKey = otherKey;
        this.sameKey = sameKey;
        this.ambiguous = ambiguous;
        this.chargeKept = chargeKept;
        this.alert = alert;
    }

    /** A rule that matches everything, waits for nothing and is never retried, until told otherwise. */
    public static Rule rule(String row, FaultClass fault, Effect effect) {
        return new Rule(
                Objects.requireNonNull(row, "row"),
                Objects.requireNonNull(fault, "fault"),
                Objects.requireNonNull(effect, "effect"),
                answer -> true,
                WaitRule.NONE,
                OtherKey.NONE,
                false,
                false,
                false,
                false);
    }

    /** Matches only what it matched before and {@code condition} matches too. */
    public Rule when(Predicate<ErrorAnswer> condition) {
        return new Rule(
                row, fault, effect, match.and(condition), wait, otherKey, sameKey, ambiguous, chargeKept, alert);
    }

    /** Waits a fixed time. */
    public Rule waits(Duration fixed) {
        return with(WaitRule.fixed(fixed));
    }

    /** Waits as long as the provider says, else {@code otherwise}. */
    public Rule waitsAsTold(Duration otherwise) {
        return with(WaitRule.hintOr(otherwise));
    }

    /** Waits until the window named by the answer resets, else until the next day at 00:00 UTC. */
    public Rule waitsForWindow() {
        return with(WaitRule.resetOrUtcMidnight());
    }

    /** Waits until the budget is renewed, else for its period as the message names it, else one hour. */
    public Rule waitsForBudget() {
        return with(WaitRule.budgetPeriod());
    }

    private Rule with(WaitRule other) {
        return new Rule(row, fault, effect, match, other, otherKey, sameKey, ambiguous, chargeKept, alert);
    }

    /** Another key can serve the request. */
    public Rule otherKey(OtherKey other) {
        return new Rule(row, fault, effect, match, wait, other, sameKey, ambiguous, chargeKept, alert);
    }

    /** The same key can serve the request after the wait. */
    public Rule sameKey() {
        return new Rule(row, fault, effect, match, wait, otherKey, true, ambiguous, chargeKept, alert);
    }

    /** The request may have been executed. */
    public Rule ambiguous() {
        return new Rule(row, fault, effect, match, wait, otherKey, sameKey, true, chargeKept, alert);
    }

    /** The provider counts the tokens of the refused request, so the reservation is not given back. */
    public Rule chargeKept() {
        return new Rule(row, fault, effect, match, wait, otherKey, sameKey, ambiguous, true, alert);
    }

    /** A person should know. */
    public Rule alert() {
        return new Rule(row, fault, effect, match, wait, otherKey, sameKey, ambiguous, chargeKept, true);
    }

    boolean matches(ErrorAnswer answer) {
        return match.test(answer);
    }

    Classification apply(ErrorAnswer answer, Instant now, boolean probe) {
        WaitRule.Wait found = wait.of(answer, now);
        var outcome = effect.outcome(cause(answer.status()), found.duration(), probe);
        return new Classification(
                row,
                fault,
                chargeKept ? outcome.withUnknownUsage() : outcome,
                found.duration(),
                found.hinted(),
                otherKey,
                sameKey,
                ambiguous,
                alert);
    }

    private String cause(int status) {
        String word = fault.name().toLowerCase(Locale.ROOT);
        return status == 0 ? word : "http_" + status + "_" + word;
    }

    @Override
    public String toString() {
        return row + " " + fault;
    }
}
