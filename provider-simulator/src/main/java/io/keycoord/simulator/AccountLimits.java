package io.keycoord.simulator;

import io.keycoord.simulator.Verdict.Cause;
import java.util.Optional;

/** All limits of one account, decided together: all are charged or none. Not safe for use by many threads. */
final class AccountLimits {

    private final SimulatedAccount account;
    private final Limiter requests;
    private final Limiter tokens;
    private final int concurrency;
    private int inFlight;

    AccountLimits(SimulatedAccount account) {
        this.account = account;
        requests = Limiter.of(account.requests());
        tokens = Limiter.of(account.tokens());
        concurrency = account.concurrency().orElse(Integer.MAX_VALUE);
    }

    /** Admits a call, which holds a place until {@link #end}, or says why not. */
    Verdict admit(long now, long asked) {
        Optional<Cause> cause = refusal(now, asked);
        if (cause.isPresent()) {
            return refuse(now, asked, cause.get());
        }
        requests.take(now, 1);
        if (countsAtAdmission()) {
            tokens.take(now, asked);
        }
        inFlight++;
        return new Verdict.Admitted(levels(now));
    }

    /** Ends an admitted call that used so many tokens. */
    void end(long now, long used) {
        inFlight--;
        if (!countsAtAdmission()) {
            tokens.take(now, used);
        }
    }

    /** Charges what a refused call costs. */
    void chargeRefused(long now) {
        if (account.refusedCalls() == RefusedCalls.COUNTED) {
            requests.takeRefused(now);
        }
    }

    Verdict.Levels levels(long now) {
        return new Verdict.Levels(
                account.requests().map(rate -> level(now, rate, requests)),
                account.tokens().map(rate -> level(now, rate, tokens)));
    }

    private Verdict refuse(long now, long asked, Cause cause) {
        chargeRefused(now);
        boolean known = cause == Cause.REQUESTS || cause == Cause.TOKENS;
        return new Verdict.Refused(cause, known ? waitNanos(now, asked) : 0, asked, levels(now));
    }

    private Optional<Cause> refusal(long now, long asked) {
        if (tokenCost(asked) > tokens.most()) {
            return Optional.of(Cause.TOO_LARGE);
        }
        if (inFlight >= concurrency) {
            return Optional.of(Cause.CONCURRENCY);
        }
        if (waitNanos(now, asked) == 0) {
            return Optional.empty();
        }
        boolean byTokens = tokens.waitNanos(now, tokenCost(asked)) > requests.waitNanos(now, 1);
        return Optional.of(byTokens ? Cause.TOKENS : Cause.REQUESTS);
    }

    /** Each rate, once it has room, keeps it until something is taken; so the longer wait is the exact one. */
    private long waitNanos(long now, long asked) {
        return Math.max(requests.waitNanos(now, 1), tokens.waitNanos(now, tokenCost(asked)));
    }

    private long tokenCost(long asked) {
        return countsAtAdmission() ? asked : 1;
    }

    private boolean countsAtAdmission() {
        return account.tokensCounted() == TokensCounted.ADMISSION;
    }

    private static Verdict.Level level(long now, Rate rate, Limiter limiter) {
        return new Verdict.Level(rate, limiter.remaining(now), limiter.untilFullNanos(now));
    }
}
