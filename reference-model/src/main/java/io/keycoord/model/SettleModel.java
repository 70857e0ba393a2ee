package io.keycoord.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code lua/settle.lua}. */
final class SettleModel {
    private final ModelPool pool;
    private final Placement placement;
    private final ModelBreaker breaker;
    private final ModelLeases leases;
    private final Endpoints endpoints;
    private final ModelPace paces;
    private final ModelHealth health;
    private final ModelOutages outages;
    private final ModelWaiting waiting;

    SettleModel(ModelPool pool, Placement placement, ModelBreaker breaker, ModelLeases leases) {
        this.pool = pool;
        this.placement = placement;
        this.breaker = breaker;
        this.leases = leases;
        this.paces = new ModelPace(pool);
        this.health = new ModelHealth(pool);
        this.outages = new ModelOutages(pool);
        this.endpoints = new Endpoints(pool, breaker);
        this.waiting = new ModelWaiting(pool);
    }

    private record How(
            String id,
            String outcome,
            Cost used,
            String failure,
            String scope,
            long blockMs,
            String why,
            String endpoint,
            long latencyMs,
            long jitter,
            String learnt,
            boolean live) {
        boolean blocks(String what) {
            return blockMs > 0 && scope.equals(what);
        }
    }

    private static How how(List<String> args, boolean live) {
        return new How(
                args.get(1),
                args.get(3),
                new Cost(Long.parseLong(args.get(4)), Long.parseLong(args.get(5)), Long.parseLong(args.get(6))),
                args.get(7),
                args.get(8),
                Long.parseLong(args.get(9)),
                args.get(10),
                args.get(11),
                Long.parseLong(args.get(12)),
                Long.parseLong(args.get(13)),
                args.get(14),
                live);
    }

    List<String> run(List<String> args) {
        String id = args.get(1);
        boolean live = pool.leases.holds(id);
        String record = live && args.get(2).isEmpty() ? pool.holders.text(id) : args.get(2);
        if (!live && !pool.reaped.holds(id)) {
            if (pool.settled.holds(id)) {
                return reply("DUPLICATE");
            }
            pool.settled.put(id, pool.nowMs());
            return reply("UNKNOWN");
        }
        (live ? pool.leases : pool.reaped).remove(id);
        pool.holders.remove(id);
        pool.nextSeq();
        List<String> told = record.isEmpty() ? List.of() : apply(ModelLease.parse(record), how(args, live));
        pool.settled.put(id, pool.nowMs());
        if (pool.nowMs() % 4 == 0) {
            leases.forget();
        }
        pool.touch();
        return live ? told(told) : reply("LATE");
    }

    private List<String> told(List<String> told) {
        List<String> reply = new ArrayList<>(reply("SETTLED"));
        reply.addAll(told.isEmpty() ? List.of("NONE", "0", "0") : told);
        return reply;
    }

    private List<String> reply(String status) {
        return pool.reply(status);
    }

    /** The change of the key's breaker, its end, and the errors; empty if unit or key are gone. */
    private List<String> apply(ModelLease lease, How how) {
        Owner unit = pool.unit(lease.unit());
        List<Owner> budgets = leases.budgetsOf(lease);
        Owner key = leases.keyOf(unit, lease);
        Owner moved = leases.movedOf(unit, lease);
        ModelLeases.Shared before = unit == null ? null : leases.shared(unit, key);
        int first = lease.stamps().size() - lease.budgets().size();
        for (Owner budget : budgets) {
            int position = first + lease.budgets().indexOf(budget.id());
            settleLimits(budget, lease, stamps(lease, position, budget), List.of(), how);
        }
        if (how.live) {
            leases.release(unit, key, budgets);
            waiting.begin();
        }
        if (unit == null) {
            if (how.live) {
                leases.leave(moved, lease, how.id);
            }
            waiting.released(null, null, budgets);
            return List.of();
        }
        boolean sameClass = unit.group().equals(lease.group());
        List<Long> pace = sameClass && lease.paces().size() == pool.limits(unit).size() ? lease.paces() : List.of();
        settleLimits(unit, lease, sameClass ? stamps(lease, 0, unit) : List.of(), pace, how);
        if (key != null && !unit.implicit()) {
            settleLimits(key, lease, stamps(lease, 1, key), List.of(), how);
        }
        paces.recover(unit);
        if (how.live) {
            paces.learn(unit, how.learnt, lease.start());
        }
        List<String> told = List.of();
        if (how.live) {
            if (key != null && how.latencyMs >= 0) {
                health.settled(key, how.outcome, how.latencyMs);
            }
            ModelOutages.Outage outage = how.endpoint.isEmpty() ? null : outages.read(how.endpoint);
            ModelOutages.Change ofModel = key == null ? null : settleEndpoint(unit, outage, how);
            told = key == null ? List.of("NONE", "0", "0") : judge(unit, key, lease, how, outage);
            ModelOutages.Change blocked = block(unit, key, how);
            ModelOutages.Change change = blocked == null ? ofModel : blocked;
            if (change != null && told.get(0).equals("NONE")) {
                told = List.of(change.what(), "" + change.untilMs(), told.get(2));
            }
        }
        leases.place(unit, key);
        if (!leases.shared(unit, key).equals(before)) {
            placement.others(unit);
        }
        if (how.live && how.blocks("account")) {
            pool.classes(unit).forEach(other -> rest(other, how));
            placement.others(unit);
        }
        if (how.live) {
            leases.leave(moved, lease, how.id);
        }
        waiting.released(unit, key, budgets);
        return told;
    }

    private ModelOutages.@Nullable Change settleEndpoint(Owner unit, ModelOutages.@Nullable Outage outage, How how) {
        return how.endpoint.isEmpty()
                ? null
                : outages.settle(
                        how.endpoint,
                        outage,
                        new ModelOutages.Result(how.id, how.outcome, unit.account(), how.why, how.jitter));
    }

    private List<String> judge(Owner unit, Owner key, ModelLease lease, How how, ModelOutages.@Nullable Outage outage) {
        boolean probe = lease.probe()
                && key.state().equals("HALF_OPEN")
                && key.text("probe").equals(how.id);
        boolean elsewhere = how.outcome.equals("provider_failed")
                && !ModelOutages.isCommon(outage, unit.account())
                && endpoints.succeededElsewhere(how.endpoint, unit);
        String change = breaker.settle(
                key,
                new ModelBreaker.Result(
                        how.outcome,
                        how.failure,
                        how.why,
                        probe,
                        key.number("gen") == lease.gen(),
                        lease.gen() < key.number("secret_gen"),
                        elsewhere,
                        how.jitter));
        figures(key, how);
        if (how.outcome.equals("success") && !how.endpoint.isEmpty()) {
            endpoints.succeeded(how.endpoint, unit);
        }
        boolean most = change.equals("MOST_REFUSED");
        if (!change.equals("NONE")) {
            pool.log(key.keyId(), most ? "OPENED" : change, how.why, key.number("until_ms"));
        }
        if (most) {
            pool.log("pool", change, how.why, 0);
        }
        return List.of(change, "" + key.number("until_ms"), "" + key.number("errors_in_window"));
    }

    /** None, if the owner has other limits by now. */
    private List<Long> stamps(ModelLease lease, int position, Owner owner) {
        List<Long> own = position >= 0 && position < lease.stamps().size()
                ? lease.stamps().get(position)
                : List.of();
        return own.size() == pool.limits(owner).size() ? own : List.of();
    }

    private void settleLimits(Owner owner, ModelLease lease, List<Long> stamps, List<Long> paces, How how) {
        List<ModelLimit> limits = pool.limits(owner);
        for (int i = 0; i < limits.size(); i++) {
            long stamp = stamps.isEmpty() ? 0 : stamps.get(i);
            Meter meter = pool.meter(owner, limits.get(i));
            long pace = paces.isEmpty() ? ModelPace.ALL : paces.get(i);
            Counted counted = new Counted(meter, stamp, pace, pool.now);
            settleLimit(counted, limits.get(i), lease.cost().of(limits.get(i).dimension()), how);
            owner.fields().set(limits.get(i).name() + "_left", meter.left(pool.now));
        }
        owner.fields().set("as_of_ms", pool.nowMs());
    }

    /** What a lease was charged on one limit. */
    private record Counted(Meter meter, long stamp, long pace, long now) {
        void refund(long cost) {
            meter.refund(cost, stamp, now, pace);
        }

        void charge(long cost) {
            meter.charge(cost, now, now, pace);
        }
    }

    private void settleLimit(Counted counted, ModelLimit limit, long reserved, How how) {
        boolean request = limit.dimension().equals("requests");
        long used = request ? -1 : how.used.of(limit.dimension());
        if (how.outcome.equals("unused")) {
            if (how.live) {
                counted.refund(reserved);
            }
        } else if (used >= 0) {
            long beyond = Math.max(0, used - reserved);
            long debt = limit.completion() && how.live ? used : beyond;
            if (how.live && limit.completion()) {
                counted.refund(reserved);
            } else if (how.live && limit.refund() && used < reserved) {
                counted.refund(reserved - used);
            }
            if (debt > 0) {
                counted.charge(debt);
            }
        }
    }

    private static void figures(Owner key, How how) {
        if (how.latencyMs < 0 || how.outcome.equals("unused")) {
            return;
        }
        boolean success = how.outcome.equals("success");
        String figure = success ? "calls_ok" : "calls_failed";
        key.fields().set(figure, key.number(figure) + 1);
        if (success) {
            long average = key.fields().has("latency_ms") ? key.number("latency_ms") : how.latencyMs;
            key.fields().set("latency_ms", Math.floorDiv(average * 8 + (how.latencyMs - average) + 4, 8));
        }
    }

    private ModelOutages.@Nullable Change block(Owner unit, @Nullable Owner key, How how) {
        if (how.blocks("endpoint") && !how.endpoint.isEmpty()) {
            return outages.block(how.endpoint, pool.nowMs() + how.blockMs, how.why);
        }
        if (how.blocks("key")) {
            if (key != null) {
                rest(key, how);
            }
        } else if (how.blocks("account") || how.blocks("account_models")) {
            rest(unit, how);
        }
        return null;
    }

    private void rest(Owner owner, How how) {
        long until = pool.nowMs() + how.blockMs;
        if (until > owner.number("blocked_until_ms")) {
            owner.fields().set("blocked_until_ms", until);
            owner.fields().set("blocked_why", how.why);
            pool.lose();
        }
    }
}
