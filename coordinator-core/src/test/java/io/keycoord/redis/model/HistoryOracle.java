package io.keycoord.redis.model;

import io.keycoord.model.Cost;
import io.keycoord.model.ReferenceModel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Reads a recorded history to the {@link OracleJudge}. Only first answers are judged: that a repeat got the first answer
 * (or, ten seconds after the end of the lease, a new one) is for the {@link ReferenceModel}. Where a pool has sliding windows or arrivals that may be late, which count more
 * cautiously than their definition, refusals and hints are not judged, over-issues are.
 */
final class HistoryOracle {
    private final OracleJudge judge;
    private final OracleCounts counts;
    private final Map<String, Integer> tickets = new HashMap<>();
    private final Map<String, OracleGrant> grants = new HashMap<>();
    private final Function<HistoryCall, Step.Acquire> asks;

    HistoryOracle(HistoryPool pool, OracleCounts counts) {
        this(pool, counts, pool.kind == OracleRun.Kind.PLAIN, call -> pool.ask(call.lease()));
    }

    /** {@code plain}: refusals and hints are judged too; {@code asks}: what a call asks for. */
    HistoryOracle(HistoryPool pool, OracleCounts counts, boolean plain, Function<HistoryCall, Step.Acquire> asks) {
        this.counts = counts;
        this.asks = asks;
        this.judge = new OracleJudge("pool " + pool.order(), pool.config, plain, counts);
    }

    void heard(HistoryPool pool, HistoryCall call) {
        switch (call.verb()) {
            case ACQUIRE -> acquired(pool, call);
            case SETTLE -> settled(call);
            case RENEW -> renewed(call);
            case LEAVE, HOLD -> {}
            default -> throw new IllegalArgumentException("no worker sends " + call.verb());
        }
    }

    private void acquired(HistoryPool pool, HistoryCall call) {
        OracleGrant before = grants.get(call.lease());
        boolean repeat =
                before != null && (!isGranted(call) || call.reply().get(6).equals(before.record));
        if (repeat || call.status().equals("STALE")) {
            return;
        }
        Step.Acquire ask = ask(call);
        judge.leaving(OracleRun.leftBy(pool.config.headroom(), ask.priority(), call.ticket(), call.now()));
        OracleGrant grant = judge.acquired(ask, call.reply());
        if (grant != null) {
            grants.put(call.lease(), grant);
        }
    }

    private static boolean isGranted(HistoryCall call) {
        return call.status().equals("GRANTED");
    }

    private Step.Acquire ask(HistoryCall call) {
        Step.Acquire ask = asks.apply(call);
        return new Step.Acquire(
                tickets.computeIfAbsent(call.lease(), lease -> tickets.size()),
                ask.cost(),
                ask.maxWaitUs(),
                ask.model(),
                ask.tenant(),
                ask.noKeys(),
                ask.noAccounts(),
                -1,
                ask.ttlMs(),
                Step.Session.NONE,
                "",
                Step.Turn.NONE,
                ask.priority());
    }

    private void settled(HistoryCall call) {
        OracleGrant grant = grants.get(call.lease());
        if (grant != null) {
            judge.settled(grant, how(grant, call), call.reply());
        } else if (!call.status().equals("UNKNOWN") && !call.status().equals("DUPLICATE")) {
            counts.object("settled without a grant: " + call);
        }
    }

    /** Of a lease that is over, and whose record was not sent, nothing is known that could be charged. */
    static Step.Settle how(OracleGrant grant, HistoryCall call) {
        List<String> args = call.args();
        boolean told = !args.get(2).isEmpty();
        return new Step.Settle(
                grant.ticket,
                told,
                args.get(3),
                told || call.status().equals("SETTLED")
                        ? new Cost(number(args, 4), number(args, 5), number(args, 6))
                        : Cost.UNKNOWN,
                args.get(7),
                args.get(8),
                number(args, 9),
                args.get(11),
                number(args, 12),
                number(args, 13),
                args.get(14));
    }

    private static long number(List<String> args, int index) {
        return Long.parseLong(args.get(index));
    }

    private void renewed(HistoryCall call) {
        List<String> ended = List.of(call.reply().get(5).split(",", -1));
        for (String lease : call.args().get(2).split(",", -1)) {
            OracleGrant grant = grants.get(lease);
            if (grant != null && !ended.contains(lease)) {
                grant.expiresMs =
                        Math.max(grant.expiresMs, Long.parseLong(call.reply().get(4)));
            }
        }
    }

    void finished(Map<String, Map<String, String>> state) {
        judge.finished(state);
        counts.histories++;
    }
}
