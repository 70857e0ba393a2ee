package io.keycoord.sdk;

import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/**
 * One row of a provider's error table: what it matches, what that does to the key, how long to wait, and whether another
 * try helps. Rules are tried in order and the first match wins, so the narrower one comes first. Immutable.
 *
 * @param row its name in logs, for example {@code OR6}
 * @param fault what went wrong
 * @param effect what that does to the key and its account
 * @param match the answers that it is about
 * @param rest for how long what refused will go on refusing
 * @param otherKey which other key can serve the request
 * @param traits what else holds
 */
public record Rule(
        String row,
        FaultClass fault,
        Effect effect,
        Predicate<ErrorAnswer> match,
        WaitRule rest,
        OtherKey otherKey,
        Set<Trait> traits) {

    /** What may hold of an answer beside. */
    public enum Trait {
        /** The same key can serve the request after the wait. */
        SAME_KEY,
        /** The request may have been executed. */
        AMBIGUOUS,
        /** The provider counts the tokens of the refused request, so the reservation is not given back. */
        CHARGE_KEPT,
        /** A person should know. */
        ALERT,
        /** No rule of its provider recognises it, only its status tells; such answers are counted. */
        BY_STATUS
    }

    public Rule {
        Objects.requireNonNull(row, "row");
        Objects.requireNonNull(fault, "fault");
        Objects.requireNonNull(effect, "effect");
        Objects.requireNonNull(match, "match");
        Objects.requireNonNull(rest, "rest");
        Objects.requireNonNull(otherKey, "otherKey");
        traits = Set.copyOf(traits);
    }

    boolean matches(ErrorAnswer answer) {
        return match.test(answer);
    }

    boolean is(Trait trait) {
        return traits.contains(trait);
    }

    Classification apply(ErrorAnswer answer, Instant now, boolean probe) {
        WaitRule.Wait found = rest.of(answer, now);
        var outcome = effect.outcome(cause(answer.status()), found.duration(), probe);
        return new Classification(
                row,
                fault,
                is(Trait.CHARGE_KEPT) ? outcome.withUnknownUsage() : outcome,
                found.duration(),
                found.hinted(),
                otherKey,
                is(Trait.SAME_KEY),
                is(Trait.AMBIGUOUS),
                is(Trait.ALERT));
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
