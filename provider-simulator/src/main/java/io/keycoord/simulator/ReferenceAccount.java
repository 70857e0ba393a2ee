package io.keycoord.simulator;

import java.util.PriorityQueue;

/**
 * One account of a replay. Its instants never run backwards: an arrival is not before the one before, and an admission
 * not before the account's last. For one thread.
 */
final class ReferenceAccount {

    private record Running(long endNanos, long used) implements Comparable<Running> {
        @Override
        public int compareTo(Running other) {
            return Long.compare(endNanos, other.endNanos);
        }
    }

    private final SimulatedAccount account;
    private final Limiter requests;
    private final Limiter tokens;
    private final int concurrency;
    private final boolean atCompletion;
    private final PriorityQueue<Running> running = new PriorityQueue<>();
    /** Before this no further call is admitted. */
    private long frontier;

    ReferenceAccount(SimulatedAccount account) {
        this.account = account;
        requests = Limiter.of(account.requests());
        tokens = Limiter.of(account.tokens());
        concurrency = account.concurrency().orElse(Integer.MAX_VALUE);
        atCompletion = account.tokensCounted() == TokensCounted.COMPLETION;
    }

    String id() {
        return account.id();
    }

    /** When a call arriving at {@code arrival} would be admitted here; {@link Limiter#NEVER} if it is too large. */
    long earliest(long arrival, long asked) {
        if (tokenCost(asked) > tokens.most()) {
            return Limiter.NEVER;
        }
        long from = Math.max(arrival, frontier);
        return atCompletion ? earliestAtCompletion(from) : earliestAtAdmission(from, asked);
    }

    /** Admits a call at what {@link #earliest} has just answered for it. */
    void take(long at, Demand call) {
        finish(at);
        requests.take(at, 1);
        if (!atCompletion) {
            tokens.take(at, call.tokensAsked());
        }
        running.add(new Running(at + call.durationNanos(), call.tokensUsed()));
        frontier = at;
    }

    /** The part of the tokens, or else of the requests, that is left when a call arrives that was asked about. */
    double headroom(long arrival) {
        long at = Math.max(arrival, frontier);
        if (account.tokens().isPresent()) {
            return (double) tokens.remaining(at) / tokens.most();
        }
        return account.requests().isPresent() ? (double) requests.remaining(at) / requests.most() : 1;
    }

    private long earliestAtAdmission(long from, long asked) {
        finish(from);
        long wait = Math.max(requests.waitNanos(from, 1), tokens.waitNanos(from, asked));
        Running next = running.peek();
        return next != null && running.size() >= concurrency ? Math.max(from + wait, next.endNanos) : from + wait;
    }

    /**
     * Calls that end meanwhile take tokens, so each wait is only the least one, and is asked again at its end. What is
     * waited for does not depend on the call; so nothing is admitted before, and the account may move there for good.
     */
    private long earliestAtCompletion(long from) {
        long at = from;
        while (true) {
            finish(at);
            long wait = Math.max(requests.waitNanos(at, 1), tokens.waitNanos(at, 1));
            Running next = running.peek();
            if (wait > 0) {
                at += wait;
            } else if (next != null && running.size() >= concurrency) {
                at = next.endNanos;
            } else {
                frontier = at;
                return at;
            }
        }
    }

    /** Takes note of the calls that have ended by then. */
    private void finish(long now) {
        for (Running next = running.peek(); next != null && next.endNanos <= now; next = running.peek()) {
            running.remove();
            if (atCompletion) {
                tokens.take(next.endNanos, next.used);
            }
        }
    }

    private long tokenCost(long asked) {
        return atCompletion ? 1 : asked;
    }
}
