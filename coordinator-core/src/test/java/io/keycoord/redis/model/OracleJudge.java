package io.keycoord.redis.model;

import io.keycoord.config.PoolConfig;
import io.keycoord.config.UnhealthyPolicy;
import io.keycoord.model.Cost;
import io.keycoord.model.ModelLease;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Judges the replies of one history by the {@link Oracle}, in the order in which the calls were made. */
final class OracleJudge {
    /** How long a lease that nobody ended is remembered for its settlement. */
    private static final long REAPED_MS = 900_000;

    private static final long SETTLED_MS = 10_000;

    private final String name;
    private final PoolConfig config;
    private final boolean plain;
    private final OracleCounts counts;
    private final Oracle oracle;
    private long stored;

    /** {@code plain}: no limit is counted more cautiously than it is defined, so refusals and hints are judged too. */
    OracleJudge(String name, PoolConfig config, boolean plain, OracleCounts counts) {
        this.name = name;
        this.config = config;
        this.plain = plain;
        this.counts = counts;
        this.oracle = new Oracle(config);
    }

    /** What the next call that is judged leaves to more important ones, in percent. */
    void leaving(long percent) {
        oracle.keep = percent;
    }

    /** Judges the first answer to a request; the grant, if it is one. */
    @Nullable
    OracleGrant acquired(Step.Acquire ask, List<String> reply) {
        long now = time(reply);
        long best = plain ? earliest(ask, now) : 0;
        if (reply.get(0).equals("GRANTED")) {
            return granted(ask, reply, now, best);
        }
        denied(ask, reply, now, best);
        return null;
    }

    /**
     * What is held for others, for the judgement of the next answer: whoever was granted a lease was left enough. Where
     * nothing is held a refusal needs another reason.
     */
    void hold(Step.Acquire ask, List<String> reply, Map<String, Long> held) {
        oracle.held = held;
        counts.holds += held.isEmpty() ? 0 : 1;
        if (reply.get(0).equals("GRANTED")) {
            Oracle.Candidate chosen = oracle.candidate(reply.get(6));
            if (plain && oracle.earliest(chosen, ask, time(reply)) == OracleLimit.NEVER) {
                object("overtaken", ask, reply, "held for others: " + held);
            }
        }
    }

    void object(String kind, Step.Acquire ask, List<String> reply, String more) {
        counts.object(kind + " in " + name + ", " + config.strategy() + ", " + ask + " -> " + reply + "; " + more);
    }

    long time(List<String> reply) {
        long now = Long.parseLong(reply.get(1));
        if (now < stored) {
            counts.object("clock ran back in " + name + ": " + reply + " after " + stored);
        }
        return now;
    }

    /** Gates count a token even for a request that needs none: where not one is left, it waits for one. */
    private long earliest(Step.Acquire ask, long now) {
        Cost cost = ask.cost();
        Step.Acquire judged = new Step.Acquire(
                ask.ticket(),
                new Cost(Math.max(1, cost.input()), Math.max(1, cost.output()), cost.money()),
                ask.maxWaitUs(),
                ask.model(),
                ask.tenant(),
                ask.noKeys(),
                ask.noAccounts(),
                ask.sentAgoUs(),
                ask.ttlMs());
        return oracle.earliest(judged, now);
    }

    private OracleGrant granted(Step.Acquire ask, List<String> reply, long now, long best) {
        counts.grants++;
        stored = now;
        long start = now + Long.parseLong(reply.get(4));
        String record = reply.get(6);
        Oracle.Candidate chosen = oracle.candidate(record);
        if (start > now) {
            counts.reservations++;
        }
        if (start > now + (oracle.keep > 0 ? 0 : ask.maxWaitUs())) {
            object("starts too late", ask, reply, "");
        }
        if (plain && oracle.earliest(chosen, ask, now) > start) {
            object("over-issue", ask, reply, "earliest " + (oracle.earliest(chosen, ask, now) - now));
        }
        if (plain && start > Math.max(now, best)) {
            object("false refusal", ask, reply, "a start in " + (best - now) + " was possible");
        }
        judgeKey(ask, reply, now, chosen.key());
        OracleGrant grant = oracle.granted(ask, record, start, Long.parseLong(reply.get(5)));
        for (OracleOwner owner : grant.owners) {
            if (oracle.inFlight(owner, now / 1000) > owner.slots) {
                object("too many in flight", ask, reply, owner.id);
            }
        }
        return grant;
    }

    /** One probe at a time, and only when the rest is over; nothing else of a key that is not closed. */
    private void judgeKey(Step.Acquire ask, List<String> reply, long now, OracleOwner key) {
        boolean probe = ModelLease.parse(reply.get(6)).probe();
        boolean leastBad = config.whenAllUnhealthy() == UnhealthyPolicy.LEAST_BAD;
        boolean probing = oracle.probing(key, now / 1000);
        boolean allowed = switch (key.state) {
            case "CLOSED" -> !probe;
            case "OPEN" -> probe && !probing && (leastBad || key.openUntilMs * 1000 <= now);
            default -> false;
        };
        if (!allowed) {
            object("key is " + key.state, ask, reply, probing ? "a probe is under way" : "until " + key.openUntilMs);
        }
        if (probe) {
            counts.probes++;
            key.state = "OPEN";
        }
    }

    private void denied(Step.Acquire ask, List<String> reply, long now, long best) {
        counts.denials++;
        long hint = reply.get(0).equals("DENIED") ? Long.parseLong(reply.get(5)) : -1;
        if (hint < 0) {
            object("unexpected", ask, reply, "");
        } else if (plain) {
            judgeHint(ask, reply, now, hint, best);
        }
    }

    private void judgeHint(Step.Acquire ask, List<String> reply, long now, long hint, long best) {
        if (best <= now) {
            object("false refusal", ask, reply, "could be served");
        } else if (best != OracleLimit.NEVER && (hint == 0 || now + hint > best)) {
            object("late hint", ask, reply, "earliest " + (best - now));
        } else if (best != OracleLimit.NEVER) {
            counts.exactHints += now + hint == best ? 1 : 0;
            counts.lowerHints += now + hint < best ? 1 : 0;
        }
    }

    /** Judges the answer to a settlement. */
    void settled(OracleGrant grant, Step.Settle how, List<String> reply) {
        long now = time(reply);
        counts.settlements++;
        String status = reply.get(0);
        boolean forgotten = now / 1000 > (grant.settled ? grant.settledMs + SETTLED_MS : grant.expiresMs + REAPED_MS);
        if (!forgotten && grant.settled != status.equals("DUPLICATE")) {
            counts.object("settled twice or never in " + name + ": " + reply);
        }
        if (status.equals("SETTLED") || status.equals("LATE")) {
            stored = now;
            oracle.settled(grant, how, now, status.equals("SETTLED"));
            judgeChange(grant, now, reply);
        }
    }

    private static void judgeChange(OracleGrant grant, long now, List<String> reply) {
        if (reply.size() < 5) {
            return;
        }
        switch (reply.get(4)) {
            case "OPENED", "MOST_REFUSED" -> {
                grant.key.state = "OPEN";
                grant.key.openUntilMs = Long.parseLong(reply.get(5));
            }
            case "CLOSED" -> grant.key.state = "CLOSED";
            case "DISABLED" -> grant.key.state = "DISABLED";
            default -> {
                if (grant.lease.probe() && grant.key.state.equals("OPEN")) {
                    grant.key.openUntilMs = Math.min(grant.key.openUntilMs, now / 1000);
                }
            }
        }
    }

    /** At the end: slots in use are leases that are held; no limit was passed. */
    void finished(Map<String, Map<String, String>> state) {
        for (OracleOwner owner : oracle.owners.values()) {
            Map<String, String> fields = state.getOrDefault(owner.id, Map.of());
            long held = state.getOrDefault("holders", Map.of()).values().stream()
                    .filter(record -> !record.isEmpty())
                    .map(ModelLease::parse)
                    .filter(lease -> lease.unit().equals(owner.id)
                            || ("key:" + lease.key()).equals(owner.id)
                            || lease.budgets().contains(owner.id))
                    .count();
            if (Long.parseLong(fields.getOrDefault("in_flight", "-1")) != held) {
                counts.object("slots leaked in " + name + ": " + owner.id + " has " + fields.get("in_flight") + ", "
                        + held + " leases are held");
            }
            for (OracleLimit limit : owner.limits) {
                int over = limit.overIssues();
                int refused = limit.refusedByBucketThatKnew();
                if (over + refused > 0) {
                    counts.object("over-issue in " + name + ": " + owner.id + " " + limit.limit() + ", " + over
                            + " grants too many, " + refused + " that a bucket which knew would have refused");
                }
            }
        }
    }
}
