package io.keycoord.simulator;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A fault to be scripted: what goes wrong, for whom, and how often or how long. With neither {@code calls} nor
 * {@code lasts} it stays until it is cleared; with both it ends with whichever comes first.
 *
 * @param kind what goes wrong
 * @param scope for whom
 * @param target the id of the key or account; empty for {@link Scope#ALL}
 * @param calls for how many calls it fires, at least 1; empty for any number
 * @param starts how long after it is scripted it begins, 0 to 1 day
 * @param lasts for how long it fires from then on, 1 ms to 31 days; empty for ever
 * @param hint what the answer says about when to retry; empty for an answer without a hint
 * @param afterChunks how many chunks of a stream arrive before it breaks, 0 to 1,000,000
 */
public record Fault(
        FaultKind kind,
        Scope scope,
        String target,
        OptionalInt calls,
        Duration starts,
        Optional<Duration> lasts,
        Optional<Duration> hint,
        int afterChunks) {

    /** Whom a fault meets. */
    public enum Scope {
        KEY,
        ACCOUNT,
        ALL
    }

    /** Refuses numbers out of range. */
    public Fault {
        if (scope == Scope.ALL) {
            String given = target;
            Check.that(target.isEmpty(), () -> "target is '" + given + "', expected none for a fault of all");
        } else {
            Check.id(scope == Scope.KEY ? "key" : "account", target);
        }
        calls.ifPresent(n -> Check.range("calls", n, 1, Integer.MAX_VALUE));
        Check.duration("starts", starts, Duration.ZERO, Duration.ofDays(1));
        lasts.ifPresent(d -> Check.duration("lasts", d, Duration.ofMillis(1), Duration.ofDays(31)));
        hint.ifPresent(d -> Check.duration("hint", d, Duration.ZERO, Duration.ofDays(31)));
        Check.range("afterChunks", afterChunks, 0, 1_000_000);
    }

    /** A fault of one key, until cleared. */
    public static Fault ofKey(String key, FaultKind kind) {
        return of(kind, Scope.KEY, key);
    }

    /** A fault of all keys of an account, until cleared. */
    public static Fault ofAccount(String account, FaultKind kind) {
        return of(kind, Scope.ACCOUNT, account);
    }

    /** A fault of every key, until cleared. */
    public static Fault ofAll(FaultKind kind) {
        return of(kind, Scope.ALL, "");
    }

    private static Fault of(FaultKind kind, Scope scope, String target) {
        return new Fault(
                kind, scope, target, OptionalInt.empty(), Duration.ZERO, Optional.empty(), Optional.empty(), 1);
    }

    /** The same for the next {@code n} calls only. */
    public Fault withCalls(int n) {
        return new Fault(kind, scope, target, OptionalInt.of(n), starts, lasts, hint, afterChunks);
    }

    /** The same, beginning only so long after it is scripted. */
    public Fault withStarts(Duration delay) {
        return new Fault(kind, scope, target, calls, delay, lasts, hint, afterChunks);
    }

    /** The same for a span of time only. */
    public Fault withLasts(Duration span) {
        return new Fault(kind, scope, target, calls, starts, Optional.of(span), hint, afterChunks);
    }

    /** The same with a hint when to retry. */
    public Fault withHint(Duration retryAfter) {
        return new Fault(kind, scope, target, calls, starts, lasts, Optional.of(retryAfter), afterChunks);
    }

    /** The same, breaking a stream after so many chunks. */
    public Fault withAfterChunks(int chunks) {
        return new Fault(kind, scope, target, calls, starts, lasts, hint, chunks);
    }
}
