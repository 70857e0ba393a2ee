package io.keycoord.simulator;

import java.util.concurrent.atomic.AtomicBoolean;

/** The door of one account: admits, refuses and counts under one lock. Safe for use by many threads. */
final class AccountGate {

    private final AccountLimits limits; // guarded by this
    private final NanoClock clock;
    private final StatsBook stats;

    AccountGate(SimulatedAccount account, NanoClock clock, StatsBook stats) {
        this.limits = new AccountLimits(account);
        this.clock = clock;
        this.stats = stats;
    }

    /** Decides about a call; if admitted, a {@link Slot} must be made of it and ended. */
    synchronized Verdict admit(KnownKey key, long asked) {
        Verdict verdict = limits.admit(clock.nanos(), asked);
        if (verdict instanceof Verdict.Refused refused) {
            stats.count(key, tally -> tally.refused(refused.cause()));
        } else {
            stats.count(key, tally -> tally.admitted(asked));
        }
        return verdict;
    }

    /** Charges a call that a fault refused, and tells what is left. */
    synchronized Verdict.Levels refusedByFault() {
        long now = clock.nanos();
        limits.chargeRefused(now);
        return limits.levels(now);
    }

    private synchronized void end(KnownKey key, CallEnd how, long used) {
        long nowMs = clock.millis();
        limits.end(clock.nanos(), used);
        stats.count(key, tally -> tally.ended(how, used, nowMs));
    }

    /** The place of an admitted call. Ends once; later ends are ignored. Safe for use by many threads. */
    static final class Slot {

        private final KnownKey key;
        private final long used;
        private final AtomicBoolean over = new AtomicBoolean();

        Slot(KnownKey key, long used) {
            this.key = key;
            this.used = used;
        }

        void end(CallEnd how) {
            if (over.compareAndSet(false, true)) {
                key.gate().end(key, how, used);
            }
        }
    }
}
