package io.keycoord.redis.model;

import io.keycoord.Priority;
import io.keycoord.config.PoolConfig;
import io.keycoord.model.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes a program from a seed: a pool, and steps that are likely to meet its edges. */
final class Generator {
    private static final String[] OUTCOMES = {
        "rate_limited",
        "key_failed",
        "key_failed",
        "provider_failed",
        "provider_failed",
        "network_failed",
        "caller_fault",
        "aborted",
        "unused",
        "unused"
    };
    private static final Priority[] PRIORITIES = Priority.values();
    private static final String[] SCOPES = {"none", "none", "none", "key", "account_models", "account", "endpoint"};
    private static final String[] SWITCHES = {"deny", "open", "shadow", "shadow", "normal"};
    private static final String[] ACTIONS = {"drain", "enable", "enable", "reset", "rotate"};
    private static final String[] CAUSES = {"why", "why,spent", "why,spent", "spent", "other"};
    private static final long[] TTLS = {1, 50, 1_000, 30_000, 30_000, 30_000, 600_000};

    private record Ticket(int number, Cost cost) {}

    private final SplittableRandom random;
    /** Apart from the rest, so that it takes the same course with shares as without. */
    private final SplittableRandom presence;
    /** Workers have shares for when they are cut off, and are cut off. */
    private final boolean sharing;

    /** The pool's configuration changes. */
    private final boolean changing;

    private final PoolGenerator pools;
    private final List<Ticket> tickets = new ArrayList<>();
    private final long seed;
    private int issued;
    private boolean faulty;
    private boolean batching;
    /** Keys open and close all the time, and leases outlive that. */
    private boolean flapping;
    /** Many accounts, of which few can serve, and many leases, which often end all at once. */
    private boolean crowded;
    /** Answers say what the provider has left, or ask for slower growth. */
    private boolean learning;
    /** Calls are fast or slow, and there are enough of them to tell keys apart by that. */
    private boolean uneven;
    /** Callers wait for events. */
    private boolean queueing;

    private boolean ranked;
    /** The pool is switched now and then, mostly back. */
    private boolean switched;

    private Generator(long seed, String poolId) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.pools = new PoolGenerator(random, poolId);
        this.presence = new SplittableRandom(~seed);
        this.sharing = seed % 4 == 3;
        this.changing = seed % 8 == 2;
    }

    static Program program(long seed, String poolId) {
        return new Generator(seed, poolId).program();
    }

    private Program program() {
        faulty = random.nextInt(3) > 0;
        batching = random.nextInt(2) == 0;
        switched = random.nextInt(4) == 0;
        learning = random.nextInt(3) == 0;
        flapping = faulty && random.nextInt(4) == 0;
        queueing = random.nextInt(2) == 0;
        ranked = random.nextInt(3) == 0;
        crowded = !flapping && random.nextInt(16) == 0;
        uneven = !flapping && !crowded && random.nextInt(10) == 0;
        PoolConfig config = flapping ? pools.flapping() : crowded ? pools.crowded() : pools.pool();
        int length = uneven ? 150 + random.nextInt(100) : crowded ? 100 + random.nextInt(120) : 10 + random.nextInt(80);
        PoolConfig changed = config;
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            steps.add(step());
            if (sharing && presence.nextInt(3) == 0) {
                steps.add(present());
            }
            if (changing && presence.nextInt(12) == 0) {
                changed = pools.changed(changed);
                steps.add(new Step.Change(
                        changed, presence.nextInt(4) == 0 ? "empty" : "full", presence.nextInt(6) == 0));
            }
        }
        return new Program(seed, config, random.nextInt(20) == 0 ? "empty" : "full", steps);
    }

    private Step step() {
        if (batching && random.nextInt(3) == 0) {
            return batch();
        }
        int dice = random.nextInt(100);
        if (tickets.isEmpty() || dice < 45 || (crowded && dice < 90)) {
            return acquire();
        }
        if (dice < 72) {
            return settle();
        }
        if (dice < 95) {
            if (queueing && dice < 74) {
                return new Step.Leave(random.nextInt(3), "r" + random.nextInt(2));
            }
            if (dice == 94) {
                return random.nextInt(3) > 0 ? explain() : revive();
            }
            return dice < 78 ? new Step.Wait(random.nextInt(3) - 1L) : new Step.Advance(pause());
        }
        if (dice == 95) {
            return learning && random.nextBoolean() ? report() : switched ? switchTo() : operate();
        }
        return dice < 97 ? repeat() : dice < 99 ? renew() : hold();
    }

    private long pause() {
        if (flapping) {
            return random.nextLong(600_000);
        }
        return switch (random.nextInt(crowded ? 6 : 12)) {
            case 0 -> 0;
            case 1 -> 1;
            case 2, 3 -> random.nextLong(2_000);
            case 4, 5 -> random.nextLong(1_000_000);
            case 6 -> random.nextLong(20_000_000);
            case 7 -> 60_000_000;
            case 8 -> pools.someWindowUs() + random.nextInt(3) - 1;
            case 9 -> random.nextLong(pools.someWindowUs() * 2) + 1;
            case 10 -> random.nextLong(4_000_000_000L);
            default -> -random.nextLong(random.nextBoolean() ? 1_000_000 : 3_600_000_000L);
        };
    }

    private Step.Acquire acquire() {
        Ticket ticket = new Ticket(issued++, pools.someCost());
        tickets.add(ticket);
        return acquire(ticket, random.nextInt(4) > 0 ? -1 : sentAgo());
    }

    /** Often about the ten seconds that a request may be old. */
    private long sentAgo() {
        return random.nextInt(3) == 0 ? 9_999_999 + random.nextInt(3) : random.nextLong(11_000_000);
    }

    private Step.Acquire acquire(Ticket ticket, long sentAgo) {
        long wait = random.nextInt(3) > 0 ? 0 : random.nextBoolean() ? 30_000_000 : random.nextLong(90_000_000_000L);
        return new Step.Acquire(
                ticket.number,
                ticket.cost,
                Math.min(wait, 86_400_000_000L),
                pools.someModel(),
                pools.someTenant(),
                random.nextInt(6) == 0 ? pools.someKeys() : "",
                random.nextInt(8) == 0 ? pools.someAccounts() : "",
                sentAgo,
                flapping ? 600_000 : TTLS[random.nextInt(TTLS.length)],
                session(),
                someEndpoint(),
                turn(),
                priority());
    }

    private Priority priority() {
        return ranked ? PRIORITIES[random.nextInt(PRIORITIES.length)] : Priority.NORMAL;
    }

    /** What is called may be another model than the one the limits know. */
    private String someEndpoint() {
        return random.nextInt(10) == 0 ? "" : "m" + random.nextInt(2);
    }

    /** Many callers wait where others wait already; a few say so only. */
    private Step.Turn turn() {
        return !queueing || random.nextInt(4) == 0
                ? Step.Turn.NONE
                : new Step.Turn("r" + random.nextInt(2), random.nextBoolean(), random.nextInt(3) == 0);
    }

    /** Mostly none; now and then one whose units can serve another model than the request is for. */
    private Step.Session session() {
        return random.nextInt(4) > 0
                ? Step.Session.NONE
                : new Step.Session("s" + random.nextInt(4), random.nextInt(8) == 0 ? pools.someModel() : "");
    }

    private Step.Acquire repeat() {
        return acquire(tickets.get(random.nextInt(tickets.size())), random.nextBoolean() ? -1 : 9_000_000);
    }

    /** The leases of its acquires are settled by later steps. */
    private Step batch() {
        List<Step.Settle> settles = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0 && !tickets.isEmpty(); i--) {
            settles.add(settle());
        }
        List<Step.Acquire> acquires = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            acquires.add(tickets.isEmpty() || random.nextInt(12) > 0 ? acquire() : repeat());
        }
        return new Step.Batch(settles, acquires);
    }

    private Step present() {
        long sentAgo = presence.nextInt(4) > 0 ? -1 : presence.nextLong(11_000_000);
        String how = presence.nextInt(10) == 0 ? "gone" : presence.nextInt(8) == 0 ? "busy" : "here";
        long believed = presence.nextInt(4) > 0 ? -1 : presence.nextInt(3) * 300_000L;
        return new Step.Present(presence.nextInt(4), sentAgo, how, believed, presence.nextInt(4) == 0 ? 1_000 : 60_000);
    }

    private Step operate() {
        String action = ACTIONS[random.nextInt(ACTIONS.length)];
        return new Step.Operate(action, random.nextInt(20) == 0 ? "unknown" : pools.someKey());
    }

    /** Mostly for what keys are out for here. */
    private Step revive() {
        long rest = random.nextLong(60_000);
        return new Step.Revive(
                random.nextInt(3) == 0 ? "claim" : "revive",
                random.nextInt(20) == 0 ? "unknown" : pools.someKey(),
                CAUSES[random.nextInt(CAUSES.length)],
                rest,
                rest + random.nextLong(600_000));
    }

    private Step explain() {
        return new Step.Explain(pools.someCost(), pools.someModel(), pools.someTenant(), priority());
    }

    private Step report() {
        return new Step.Report(
                random.nextInt(20) == 0 ? "unknown" : pools.someKey(),
                random.nextBoolean() ? 0 : random.nextLong(600_000),
                random.nextInt(6) == 0 ? "" : pools.somePattern(),
                learnt());
    }

    private Step switchTo() {
        return new Step.Switch(random.nextBoolean() ? "normal" : SWITCHES[random.nextInt(SWITCHES.length)]);
    }

    private Step renew() {
        return new Step.Renew(some(), some(), TTLS[random.nextInt(TTLS.length)]);
    }

    /** Mostly of leases that were never granted, as far as Redis knows. */
    private Step hold() {
        List<Integer> some = new ArrayList<>(some());
        for (int i = random.nextInt(3); i >= 0; i--) {
            Ticket ticket = new Ticket(issued++, pools.someCost());
            tickets.add(ticket);
            some.add(ticket.number);
        }
        return new Step.Hold(some, TTLS[random.nextInt(TTLS.length)]);
    }

    private List<Integer> some() {
        List<Integer> some = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            some.add(tickets.get(random.nextInt(tickets.size())).number);
        }
        return some;
    }

    /** Mostly one that is out; settled ones stay for a while, so that repeats and late ones occur. */
    private Step.Settle settle() {
        int position = flapping && random.nextBoolean() ? tickets.size() - 1 : random.nextInt(tickets.size());
        Ticket ticket = tickets.get(position);
        if (random.nextInt(5) > 0) {
            tickets.remove(position);
        }
        boolean success = !faulty || random.nextInt(2) == 0;
        String outcome = success ? "success" : OUTCOMES[random.nextInt(OUTCOMES.length)];
        long blockMs = random.nextInt(3) == 0 ? random.nextLong(random.nextBoolean() ? 2_000 : 600_000) : 0;
        return new Step.Settle(
                ticket.number,
                random.nextInt(12) > 0,
                outcome,
                used(ticket.cost),
                random.nextInt(flapping ? 100 : 30) == 0
                        ? "dead"
                        : random.nextInt(flapping ? 2 : 12) == 0 ? "suspect" : "error",
                success ? "none" : SCOPES[random.nextInt(SCOPES.length)],
                blockMs,
                someEndpoint(),
                random.nextInt(8) == 0 ? -1 : uneven ? random.nextInt(2) * 4_000L : random.nextLong(5_000),
                800 + random.nextInt(401),
                learning ? learnt() : "");
    }

    private String learnt() {
        List<String> items = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            items.add(random.nextInt(4) == 0 ? "slower" : pools.someReport());
        }
        return String.join(",", items);
    }

    private Cost used(Cost reserved) {
        long money = pools.money() ? used(reserved.money()) : -1;
        return new Cost(used(reserved.input()), used(reserved.output()), money);
    }

    private long used(long reserved) {
        return switch (random.nextInt(6)) {
            case 0 -> -1;
            case 1 -> reserved;
            case 2 -> 0;
            case 3 -> reserved + random.nextLong(reserved + 2);
            default -> random.nextLong(reserved + 1);
        };
    }
}
