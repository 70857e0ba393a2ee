package io.keycoord.redis.model;

import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.model.Cost;
import io.keycoord.model.Verb;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What was issued on each limit of a pool in all, whatever Redis has forgotten in between, against what the limit allows.
 *
 * <p>After a loss of everything the pool begins with empty limits, so nothing goes beyond them. An older copy has left what
 * was used since, until the workers have told of it: at most one burst, or one window. The same holds where a worker that
 * had never seen the pool was the first to register it. A reservation that is lost counts if it was used nevertheless: such
 * as begin before their worker asks again, within half a second of the loss, may be used, and come on top.
 */
final class ChaosBound {
    private static final long NOTICED_US = 1_000_000;

    private final Oracle oracle;
    private final Map<String, OracleGrant> grants = new HashMap<>();
    private final Map<String, Long> starts = new HashMap<>();
    private final List<ChaosLoss> losses;
    private final Map<OracleLimit, Long> used = new HashMap<>();
    private int bursts;
    private int copies;

    ChaosBound(HistoryPool pool, List<ChaosLoss> losses) {
        this.oracle = new Oracle(pool.config);
        this.losses = losses.stream().filter(ChaosLoss::isLoss).toList();
        this.copies = (int) this.losses.stream().filter(ChaosLoss::keepsSome).count();
    }

    /** The requests of a call as the coordinator sent it. */
    static Step.Acquire ask(HistoryCall call) {
        List<String> args = call.args();
        String tenant = Arrays.stream(args.get(12).split(",", -1))
                .filter(id -> id.startsWith("tenant:"))
                .map(id -> id.substring("tenant:".length()).replaceFirst("/.*", ""))
                .findFirst()
                .orElse("");
        return new Step.Acquire(
                0,
                new Cost(number(args, 5), number(args, 6), number(args, 7)),
                number(args, 8),
                args.get(14),
                tenant,
                args.get(10),
                args.get(11),
                -1,
                number(args, 4),
                Step.Session.NONE,
                "",
                Step.Turn.NONE,
                io.keycoord.Priority.valueOf(args.get(18).toUpperCase(java.util.Locale.ROOT)));
    }

    private static long number(List<String> args, int index) {
        return Long.parseLong(args.get(index));
    }

    /** The calls in their order. */
    void heard(ChaosCall call) {
        if (call.script().equals("register") && beginsFull(call)) {
            bursts++;
        }
        for (HistoryCall part : call.calls()) {
            if (part.verb() == Verb.ACQUIRE && part.status().equals("GRANTED")) {
                granted(part);
            } else if (part.verb() == Verb.SETTLE) {
                settled(part, call.now());
            }
        }
    }

    /** Not for the first time, and by one that has not seen it. */
    private boolean beginsFull(ChaosCall call) {
        boolean lost = losses.stream().anyMatch(loss -> loss.atUs() < call.now());
        return lost
                && call.args().get(1).equals("accounts")
                && call.args().get(3).equals("full")
                && call.reply() instanceof List<?> words
                && words.get(0).equals("DONE");
    }

    private void granted(HistoryCall call) {
        String record = call.reply().get(6);
        OracleGrant before = grants.get(call.lease());
        if (before != null && before.record.equals(record)) {
            return;
        }
        if (before != null) {
            // Its reply was lost with what it had written, so nobody has used it.
            before.charges.forEach(charge -> charge.used(0, call.now()));
        }
        Step.Acquire ask = ask(call);
        long start = call.now() + Long.parseLong(call.reply().get(4));
        Step.Acquire known = new Step.Acquire(
                starts.size() + grants.size(),
                ask.cost(),
                ask.maxWaitUs(),
                ask.model(),
                ask.tenant(),
                "",
                "",
                -1,
                ask.ttlMs());
        grants.put(
                call.lease(),
                oracle.granted(known, record, start, Long.parseLong(call.reply().get(5))));
        starts.put(call.lease(), start);
    }

    private void settled(HistoryCall call, long now) {
        OracleGrant grant = grants.get(call.lease());
        if (grant == null || grant.settled) {
            return;
        }
        String status = call.status();
        if (status.equals("SETTLED") || status.equals("LATE")) {
            oracle.settled(grant, HistoryOracle.how(grant, call), now, status.equals("SETTLED"));
        } else if (!call.args().get(3).equals("unused") && isOfLost(call.lease())) {
            grant.settled = true;
        }
    }

    private boolean isOfLost(String lease) {
        long start = starts.getOrDefault(lease, 0L);
        return losses.stream().anyMatch(loss -> start > loss.atUs());
    }

    /** Tells of each limit that more than allowed was issued of. */
    void finish(ChaosCounts counts, HistoryPool pool) {
        for (ChaosLoss loss : losses) {
            grants.forEach((lease, grant) -> lost(loss, grant, starts.getOrDefault(lease, 0L)));
        }
        for (OracleOwner owner : oracle.owners.values()) {
            for (OracleLimit limit : owner.limits) {
                judge(counts, pool, owner, limit);
            }
        }
    }

    /** A reservation that is gone and that nobody has used counts for nothing. */
    private void lost(ChaosLoss loss, OracleGrant grant, long start) {
        boolean gone =
                grant.lease.since() < loss.atUs() && grant.lease.since() > loss.keptUntilUs() && start > loss.atUs();
        if (!gone) {
            return;
        }
        int next = 0;
        for (OracleOwner owner : grant.owners) {
            for (OracleLimit limit : owner.limits) {
                OracleLimit.Charge charge = grant.charges.get(next++);
                if (!grant.settled) {
                    charge.used(0, start);
                    charge.asked = 0;
                } else if (start - loss.atUs() < NOTICED_US) {
                    used.merge(limit, charge.reserved, Long::sum);
                }
            }
        }
    }

    private void judge(ChaosCounts counts, HistoryPool pool, OracleOwner owner, OracleLimit limit) {
        RateLimit config = limit.limit();
        boolean longer = config.window().compareTo(Duration.ofHours(1)) > 0;
        if (longer && copies > 0) {
            // What such windows had counted since the copy stays lost.
            return;
        }
        long burst = config.mode() == Mode.BUCKET ? config.burst() : config.amount();
        long worst = limit.worstExcess();
        long more = used.getOrDefault(limit, 0L);
        counts.bound(pool, owner, limit, worst, burst * (copies + Math.min(1, bursts)) + more, burst);
    }
}
