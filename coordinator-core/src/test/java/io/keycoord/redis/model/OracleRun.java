package io.keycoord.redis.model;

import io.keycoord.Priority;
import io.keycoord.config.HeadroomConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.model.Cost;
import io.keycoord.model.Verb;
import io.keycoord.redis.PlannedPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One long random history on a Redis, judged as it goes. */
final class OracleRun {
    private static final String[] OUTCOMES = {
        "success", "success", "success", "success", "rate_limited", "key_failed", "provider_failed", "aborted"
    };
    private static final Priority[] PRIORITIES = Priority.values();
    private static final String[] SCOPES = {"none", "none", "key", "account_models", "account"};

    /** What a history is made of. */
    enum Kind {
        /** Nothing is given back and no limit is counted more cautiously than it is defined. */
        PLAIN,
        /** Everything. */
        FREE,
        /** As PLAIN, and callers wait for slots. */
        WAITING,
        /** One small limit, much of which is given back, and many reservations. */
        TIGHT
    }

    private final Scripts scripts;
    private final SplittableRandom random;
    private final Kind kind;
    private final boolean plain;
    private final OracleCounts counts;
    private final PoolGenerator pools;
    private final PoolConfig config;
    private final PlannedPool planned;
    private final OracleJudge judge;
    private final OracleWaiters waiters = new OracleWaiters();
    private final List<OracleGrant> open = new ArrayList<>();
    private long clock = Play.NOON;
    private int tickets;

    OracleRun(Scripts scripts, long seed, Kind kind, OracleCounts counts) {
        this.scripts = scripts;
        this.random = new SplittableRandom(seed);
        this.kind = kind;
        this.plain = kind == Kind.PLAIN || kind == Kind.WAITING;
        this.counts = counts;
        this.pools = new PoolGenerator(random, "oracle", plain);
        this.config = kind == Kind.TIGHT ? pools.tight() : pools.pool();
        this.planned = new PlannedPool(config);
        this.judge = new OracleJudge(kind + " history " + seed, config, plain, counts);
        List<String> opened = scripts.run(Verb.REGISTER, planned.meta(), planned.open(clock, "full"));
        planned.rest(opened, clock, "full").forEach(args -> scripts.run(Verb.REGISTER, planned.meta(), args));
    }

    void play(int steps) {
        for (int i = 0; i < steps; i++) {
            int dice = random.nextInt(100);
            if (dice < 50 || open.isEmpty()) {
                acquire(ask());
            } else if (kind == Kind.WAITING && dice < 54) {
                leave();
            } else if (dice < 78) {
                settle();
            } else {
                clock += pause();
            }
        }
        judge.finished(scripts.dump(planned, true));
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
                random.nextInt(4) == 0 ? 1 + random.nextInt(2_000) : 60_000,
                random.nextInt(4) > 0 ? Step.Session.NONE : new Step.Session("s" + random.nextInt(4), ""),
                "",
                turn(),
                kind == Kind.WAITING ? Priority.NORMAL : PRIORITIES[random.nextInt(PRIORITIES.length)]);
    }

    private Step.Turn turn() {
        return kind != Kind.WAITING || random.nextInt(4) == 0
                ? Step.Turn.NONE
                : new Step.Turn("r" + random.nextInt(2), random.nextBoolean(), random.nextInt(3) == 0);
    }

    private OracleWaiters.Asker asker(Step.Acquire ask) {
        return new OracleWaiters.Asker("w" + ask.ticket() % 3, ask.turn());
    }

    private List<String> send(Step.Acquire ask) {
        return scripts.run(
                Verb.ACQUIRE,
                planned.meta(),
                List.of(
                        "" + clock,
                        "l" + ask.ticket(),
                        asker(ask).worker(),
                        "",
                        "" + ask.ttlMs(),
                        "" + ask.cost().input(),
                        "" + ask.cost().output(),
                        "" + ask.cost().money(),
                        "" + ask.maxWaitUs(),
                        planned.groupsFor(ask.model(), ask.tenant()),
                        planned.keysNotFor(ask.model(), ask.tenant(), ask.noKeys()),
                        ask.noAccounts(),
                        planned.budgetsFor(ask.model(), ask.tenant()),
                        planned.preferredBy(ask.session().name(), ask.model(), ask.tenant()),
                        "",
                        waiters.ticket(asker(ask)),
                        ask.turn().room(),
                        ask.turn().hasNext() ? "" + clock : "",
                        Play.word(ask.priority())));
    }

    private void acquire(Step.Acquire ask) {
        if (planned.groupsFor(ask.model(), ask.tenant()).isEmpty()) {
            return;
        }
        List<String> reply = send(ask);
        OracleGrant grant = judged(ask, reply);
        if (grant != null) {
            took(ask, grant);
            return;
        }
        long hint = reply.get(0).equals("DENIED") ? Long.parseLong(reply.get(5)) : -1;
        if (hint > 0 && random.nextInt(3) == 0) {
            waitOut(ask, reply, hint);
        }
    }

    /**
     * In percent. Who has waited for long counts as more important.
     *
     * @param ticket since when, in microseconds; empty for one that has not waited
     */
    static long leftBy(HeadroomConfig headroom, Priority priority, String ticket, long now) {
        long waited = ticket.isEmpty() ? 0 : Math.max(0, now - Long.parseLong(ticket));
        long steps = waited / (headroom.ageing().toMillis() * 1000);
        int step = Arrays.asList(PRIORITIES).indexOf(priority);
        return headroom.leftBy(PRIORITIES[(int) Math.max(0, step - steps)]);
    }

    private @Nullable OracleGrant judged(Step.Acquire ask, List<String> reply) {
        judge.leaving(
                leftBy(config.headroom(), ask.priority(), waiters.ticket(asker(ask)), Long.parseLong(reply.get(1))));
        if (kind == Kind.WAITING) {
            judge.hold(ask, reply, waiters.answered(asker(ask), reply, scripts.dump(planned, false)));
        }
        return judge.acquired(ask, reply);
    }

    private void leave() {
        scripts.run(Verb.LEAVE, planned.meta(), List.of("" + clock, "w" + random.nextInt(3), "r" + random.nextInt(2)));
    }

    private void took(Step.Acquire ask, OracleGrant grant) {
        open.add(grant);
        if (random.nextInt(20) == 0) {
            List<String> reply = send(ask);
            if (!reply.get(6).equals(grant.record)) {
                judge.object("a repeat is granted something else", ask, reply, "");
            }
        }
    }

    /** With no other actor, the request is granted after the hint, or told a later instant. */
    private void waitOut(Step.Acquire ask, List<String> reply, long hint) {
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
                ask.ttlMs(),
                ask.session(),
                "",
                ask.turn(),
                ask.priority());
        List<String> second = send(again);
        if (second.get(0).equals("GRANTED")) {
            OracleGrant grant = judged(again, second);
            if (grant != null) {
                took(again, grant);
            }
        } else if (Long.parseLong(second.get(5)) > 0
                && judge.time(second) + Long.parseLong(second.get(5)) <= Long.parseLong(reply.get(1)) + hint) {
            judge.object("late hint", ask, reply, "and after it " + second);
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
                        "1000",
                        how.learnt()));
        judge.settled(grant, how, reply);
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
                1000,
                "");
    }

    private long used(long reserved) {
        return plain ? reserved + random.nextInt(3) : random.nextLong(reserved + reserved / 4 + 2);
    }
}
