package io.keycoord.redis.model;

import io.keycoord.config.PoolConfig;
import io.keycoord.config.UnhealthyPolicy;
import io.keycoord.redis.PlannedPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** One long random history on a Redis, judged as it goes. */
final class OracleRun {
    private static final String[] OUTCOMES = {
        "success", "success", "success", "success", "rate_limited", "key_failed", "provider_failed", "aborted"
    };
    private static final String[] SCOPES = {"none", "none", "key", "account_models", "account"};

    /** How long a lease that nobody ended is remembered for its settlement. */
    private static final long REAPED_MS = 900_000;

    private static final long SETTLED_MS = 10_000;

    /** What a history is made of. */
    enum Kind {
        /** Nothing is given back and no limit is counted more cautiously than it is defined. */
        PLAIN,
        /** Everything. */
        FREE,
        /** One small limit, much of which is given back, and many reservations. */
        TIGHT
    }

    private final Scripts scripts;
    private final SplittableRandom random;
    private final Kind kind;
    private final boolean plain;
    private final String name;
    private final OracleCounts counts;
    private final PoolGenerator pools;
    private final PoolConfig config;
    private final PlannedPool planned;
    private final Oracle oracle;
    private final List<OracleGrant> open = new ArrayList<>();
    private long clock = Play.NOON;
    private long stored;
    private int tickets;

    OracleRun(Scripts scripts, long seed, Kind kind, OracleCounts counts) {
        this.scripts = scripts;
        this.random = new SplittableRandom(seed);
        this.kind = kind;
        this.plain = kind == Kind.PLAIN;
        this.counts = counts;
        this.name = kind + " history " + seed;
        this.pools = new PoolGenerator(random, "oracle", plain);
        this.config = kind == Kind.TIGHT ? pools.tight() : pools.pool();
        this.planned = new PlannedPool(config);
        this.oracle = new Oracle(config);
        List<String> opened = scripts.run(Verb.REGISTER, planned.meta(), planned.open(clock, "full"));
        planned.rest(opened, clock, "full").forEach(args -> scripts.run(Verb.REGISTER, planned.meta(), args));
    }

    void play(int steps) {
        for (int i = 0; i < steps; i++) {
            int dice = random.nextInt(100);
            if (dice < 50 || open.isEmpty()) {
                acquire(ask());
            } else if (dice < 78) {
                settle();
            } else {
                clock += pause();
            }
        }
        finish();
        counts.histories++;
    }

    private long pause() {
        if (kind == Kind.TIGHT) {
            return random.nextLong(pools.someWindowUs() / 3);
        }
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> random.nextLong(3_000);
            case 3, 4, 5 -> random.nextLong(2_000_000);
            case 6, 7 -> random.nextLong(pools.someWindowUs()) + 1;
            case 8 -> random.nextLong(pools.someWindowUs() * 2) + 1;
            default -> plain ? random.nextLong(30_000_000) : -random.nextLong(5_000_000);
        };
    }

    private Step.Acquire ask() {
        return new Step.Acquire(
                tickets++,
                pools.someCost(),
                random.nextInt(3) > (kind == Kind.TIGHT ? 1 : 0) ? 0 : random.nextLong(120_000_000),
                pools.someModel(),
                pools.someTenant(),
                random.nextInt(8) == 0 ? pools.someKeys() : "",
                random.nextInt(8) == 0 ? pools.someAccounts() : "",
                -1,
                random.nextInt(4) == 0 ? 1 + random.nextInt(2_000) : 60_000);
    }

    private List<String> send(Step.Acquire ask) {
        return scripts.run(
                Verb.ACQUIRE,
                planned.meta(),
                List.of(
                        "" + clock,
                        "l" + ask.ticket(),
                        "w",
                        "",
                        "" + ask.ttlMs(),
                        "" + ask.cost().input(),
                        "" + ask.cost().output(),
                        "" + ask.cost().money(),
                        "" + ask.maxWaitUs(),
                        planned.groupsFor(ask.model(), ask.tenant()),
                        planned.keysNotFor(ask.model(), ask.tenant(), ask.noKeys()),
                        ask.noAccounts(),
                        planned.budgetsFor(ask.model(), ask.tenant())));
    }

    private void object(String kind, Step.Acquire ask, List<String> reply, String more) {
        counts.object(kind + " in " + name + ", " + config.strategy() + ", " + ask + " -> " + reply + "; " + more);
    }

    private long time(List<String> reply) {
        long now = Long.parseLong(reply.get(1));
        if (now < stored) {
            counts.object("clock ran back in " + name + ": " + reply + " after " + stored);
        }
        return now;
    }

    private List<String> acquire(Step.Acquire ask) {
        if (planned.groupsFor(ask.model(), ask.tenant()).isEmpty()) {
            return List.of();
        }
        List<String> reply = send(ask);
        long now = time(reply);
        long best = plain ? earliest(ask, now) : 0;
        if (reply.get(0).equals("GRANTED")) {
            granted(ask, reply, now, best);
        } else {
            denied(ask, reply, now, best);
        }
        return reply;
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

    private void granted(Step.Acquire ask, List<String> reply, long now, long best) {
        counts.grants++;
        stored = now;
        long start = now + Long.parseLong(reply.get(4));
        String record = reply.get(6);
        Oracle.Candidate chosen = oracle.candidate(record);
        if (start > now) {
            counts.reservations++;
        }
        if (start > now + ask.maxWaitUs()) {
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
        open.add(grant);
        for (OracleOwner owner : grant.owners) {
            if (oracle.inFlight(owner, now / 1000) > owner.slots) {
                object("too many in flight", ask, reply, owner.id);
            }
        }
        if (random.nextInt(20) == 0 && !send(ask).get(6).equals(record)) {
            object("a repeat is granted something else", ask, reply, "");
        }
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
        if (hint > 0 && random.nextInt(3) == 0) {
            waitOut(ask, reply, now, hint);
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

    /** With no other actor, the request is granted after the hint, or told a later instant. */
    private void waitOut(Step.Acquire ask, List<String> reply, long now, long hint) {
        counts.waits++;
        clock += hint;
        Step.Acquire again = new Step.Acquire(
                tickets++,
                ask.cost(),
                ask.maxWaitUs(),
                ask.model(),
                ask.tenant(),
                ask.noKeys(),
                ask.noAccounts(),
                -1,
                ask.ttlMs());
        List<String> second = send(again);
        long later = time(second);
        if (second.get(0).equals("GRANTED")) {
            granted(again, second, later, plain ? earliest(again, later) : 0);
        } else if (Long.parseLong(second.get(5)) > 0 && later + Long.parseLong(second.get(5)) <= now + hint) {
            object("late hint", ask, reply, "and after it " + second);
        }
    }

    private void settle() {
        OracleGrant grant = open.get(random.nextInt(open.size()));
        Step.Settle how = how(grant);
        List<String> reply = scripts.run(
                Verb.SETTLE,
                planned.meta(),
                List.of(
                        "" + clock,
                        "l" + grant.ticket,
                        grant.record,
                        how.outcome(),
                        "" + how.used().input(),
                        "" + how.used().output(),
                        "" + how.used().money(),
                        how.failure(),
                        how.scope(),
                        "" + how.blockMs(),
                        "why",
                        how.endpoint(),
                        "100",
                        "1000"));
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
        if (random.nextInt(4) > 0) {
            open.remove(grant);
        }
    }

    private Step.Settle how(OracleGrant grant) {
        boolean unused = !plain && random.nextInt(kind == Kind.TIGHT ? 2 : 6) == 0;
        String outcome = unused ? "unused" : OUTCOMES[random.nextInt(kind == Kind.TIGHT ? 4 : OUTCOMES.length)];
        Cost reserved = grant.lease.cost();
        Cost used = random.nextInt(3) == 0
                ? Cost.UNKNOWN
                : new Cost(used(reserved.input()), used(reserved.output()), used(reserved.money()));
        int failure = random.nextInt(8);
        return new Step.Settle(
                grant.ticket,
                true,
                outcome,
                used,
                failure == 0 ? "dead" : failure < 4 ? "suspect" : "error",
                outcome.equals("rate_limited") ? SCOPES[random.nextInt(SCOPES.length)] : "none",
                outcome.equals("rate_limited") ? random.nextLong(60_000) : 0,
                "m",
                100,
                1000);
    }

    private long used(long reserved) {
        return plain ? reserved + random.nextInt(3) : random.nextLong(reserved + reserved / 4 + 2);
    }

    private static void judgeChange(OracleGrant grant, long now, List<String> reply) {
        if (reply.size() < 5) {
            return;
        }
        switch (reply.get(4)) {
            case "OPENED" -> {
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

    /** Slots in use are leases that are held; no limit was passed; then the pool goes. */
    private void finish() {
        Map<String, Map<String, String>> state = scripts.dump(planned, true);
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
