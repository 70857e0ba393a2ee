package io.keycoord.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When units and keys can serve: what does not depend on the request, and what does. */
final class Gates {
    private static final int ROUNDS = 4;

    private final ModelPool pool;

    Gates(ModelPool pool) {
        this.pool = pool;
    }

    private Gate slots(Owner owner) {
        long most = owner.number("max_in_flight");
        if (most > 0 && owner.number("in_flight") >= most - withheld(most)) {
            return new Gate(Meter.EVENT, "concurrency");
        }
        long blocked = owner.number("blocked_until_ms") * 1000;
        return blocked > pool.now ? new Gate(blocked, "block") : Gate.OPEN;
    }

    /** The same; slots that are held for others, or left to more important calls, are as good as used. */
    private Gate free(Owner owner) {
        long most = owner.number("max_in_flight");
        long held = pool.held.getOrDefault(owner.name(), 0L) + most * pool.keep / 100 + withheld(most);
        boolean full = most > 0 && owner.number("in_flight") + held >= most;
        return full ? new Gate(Meter.EVENT, "concurrency") : slots(owner);
    }

    private long withheld(long slots) {
        return slots * pool.withheld() / ModelLimit.MILLIONTHS;
    }

    private static Gate breaker(Owner key) {
        return switch (key.state()) {
            case "CLOSED" -> Gate.OPEN;
            case "OPEN" -> new Gate(key.number("until_ms") * 1000, "breaker");
            case "HALF_OPEN" -> new Gate(Meter.EVENT, "probe");
            case "DRAINING" -> new Gate(Meter.NEVER, "draining");
            default -> new Gate(Meter.NEVER, "disabled");
        };
    }

    /** One unit of cost must fit everywhere, save on the limit that has an index of its own. */
    private Gate limits(Owner owner, @Nullable ModelLimit indexed, Gate gate) {
        Gate latest = gate;
        for (ModelLimit limit : pool.limits(owner)) {
            if (!limit.equals(indexed)) {
                latest = latest.later(pool.meter(owner, limit).earliest(1, pool.now), limit.dimension());
            }
        }
        return latest;
    }

    private Gate openIfPast(Gate gate) {
        return gate.at() <= pool.now ? Gate.OPEN : gate;
    }

    Gate key(Owner key) {
        Gate gate = slots(key).later(breaker(key));
        return openIfPast(key.implicit() ? gate : limits(key, null, gate));
    }

    private Gate keys(Owner unit) {
        if (unit.single()) {
            Owner key = pool.onlyKey(unit);
            return key == null ? new Gate(Meter.NEVER, "disabled") : key(key);
        }
        if (pool.keysOf(unit, "ready").size() > 0) {
            return Gate.OPEN;
        }
        List<Map.Entry<String, Long>> parked = pool.keysOf(unit, "parked").entries();
        return parked.isEmpty()
                ? new Gate(Meter.NEVER, "disabled")
                : new Gate(parked.get(0).getValue(), "key");
    }

    Gate unit(Owner unit) {
        Gate free = unit.implicit() ? slots(unit).later(breaker(unit)) : slots(unit);
        Gate own = limits(unit, ModelPool.indexed(pool.limits(unit)), free);
        Gate keys = keys(unit);
        if (keys.at() >= Meter.NEVER && keys.what().equals("disabled") && unit.single() && pool.onlyKey(unit) == null) {
            return keys;
        }
        Owner overall = pool.overall(unit);
        return openIfPast(overall == null ? own.later(keys) : own.later(keys).later(budget(overall)));
    }

    Gate budget(Owner budget) {
        return openIfPast(limits(budget, null, slots(budget)));
    }

    /** The first instant from {@code time} on at which the budget has room. */
    Gate budgetAdmits(Owner budget, Cost cost, long time) {
        Gate slots = free(budget);
        return admitted(budget, cost, time > slots.at() ? new Gate(time, "") : slots);
    }

    /** Goes to and fro between the unit and what its account has overall. */
    Gate unitAdmits(Owner unit, Cost cost, Gate from) {
        Owner overall = pool.overall(unit);
        Gate gate = from;
        for (int i = 0; i < ROUNDS; i++) {
            gate = admitted(unit, cost, gate);
            Gate shared = overall == null ? gate : budgetAdmits(overall, cost, gate.at());
            if (shared.at() <= gate.at()) {
                break;
            }
            gate = shared;
            if (gate.at() >= Meter.EVENT) {
                break;
            }
        }
        return gate;
    }

    /** Moves on while a limit is moved: fixed windows may shut again where others open. */
    Gate admitted(Owner owner, Cost cost, Gate from) {
        Gate gate = from;
        for (int i = 0; i < ROUNDS && gate.at() < Meter.EVENT; i++) {
            Gate before = gate;
            for (ModelLimit limit : pool.limits(owner)) {
                long earliest = pool.meter(owner, limit).earliest(cost.of(limit.dimension()), gate.at(), pool.keep);
                gate = gate.later(earliest, limit.dimension());
            }
            if (gate.equals(before)) {
                break;
            }
        }
        return gate;
    }

    /** What the owner itself allows: slots, blocks and limits, not the breaker. */
    Gate ownAdmits(Owner owner, Cost cost) {
        Gate slots = free(owner);
        Gate from = new Gate(Math.max(slots.at(), pool.now), slots.what());
        return owner.isUnit() ? unitAdmits(owner, cost, from) : admitted(owner, cost, from);
    }

    /** What an account allows that is its key. */
    Gate implicitAdmits(Owner owner, Cost cost) {
        Gate own = free(owner).later(breaker(owner));
        return unitAdmits(owner, cost, new Gate(Math.max(own.at(), pool.now), own.what()));
    }

    Gate keyAdmits(Owner key, Cost cost, long time) {
        Gate gate = free(key).later(breaker(key));
        if (time > gate.at()) {
            gate = new Gate(time, "");
        }
        return key.implicit() ? gate : admitted(key, cost, gate);
    }
}
