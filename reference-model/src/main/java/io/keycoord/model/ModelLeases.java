package io.keycoord.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What ends a lease without its holder, and the marks of those that have ended. */
final class ModelLeases {
    private static final long SETTLED_MS = 10_000;
    private static final long REAPED_MS = 900_000;
    private static final int FORGOTTEN = 32;

    private final ModelPool pool;
    private final Gates gates;
    private final Placement placement;
    private final ModelBreaker breaker;
    private final ModelWaiting waiting;

    ModelLeases(ModelPool pool, Gates gates, Placement placement, ModelBreaker breaker) {
        this.pool = pool;
        this.gates = gates;
        this.placement = placement;
        this.breaker = breaker;
        this.waiting = new ModelWaiting(pool);
    }

    /** The key of a lease, if it is still configured. */
    @Nullable
    Owner keyOf(@Nullable Owner unit, ModelLease lease) {
        Owner key = pool.key(lease.key());
        return isOf(unit, key) ? key : null;
    }

    private static boolean isOf(@Nullable Owner unit, @Nullable Owner key) {
        return unit != null
                && key != null
                && unit.implicit() == key.isUnit()
                && unit.account().equals(key.account());
    }

    /** The same key where it belongs elsewhere by now. */
    @Nullable
    Owner movedOf(@Nullable Owner unit, ModelLease lease) {
        Owner key = pool.key(lease.key());
        return key == null || isOf(unit, key) || pool.unitOf(key) == null ? null : key;
    }

    /** The budgets of a lease that are still configured. */
    List<Owner> budgetsOf(ModelLease lease) {
        return lease.budgets().stream()
                .flatMap(id -> Stream.ofNullable(pool.budget(id)))
                .toList();
    }

    void release(@Nullable Owner unit, @Nullable Owner key, List<Owner> budgets) {
        if (unit != null) {
            releaseOne(unit);
        }
        if (key != null && (unit == null || !unit.implicit())) {
            releaseOne(key);
        }
        budgets.forEach(ModelLeases::releaseOne);
    }

    /** When the key of an account, and what the account has overall, are open. */
    record Shared(long key, long overall) {}

    Shared shared(Owner unit, @Nullable Owner key) {
        Owner overall = pool.overall(unit);
        return new Shared(
                key == null ? 0 : gates.key(key).at(),
                overall == null ? 0 : gates.budget(overall).at());
    }

    private static void releaseOne(Owner owner) {
        owner.fields().set("in_flight", Math.max(0, owner.number("in_flight") - 1));
    }

    /** One that is not known takes its slots again. */
    boolean hold(String id, String record, long expiresMs) {
        ModelLease lease = ModelLease.parse(record);
        Owner unit = pool.unit(lease.unit());
        Owner key = keyOf(unit, lease);
        boolean known = pool.leases.holds(id) || pool.settled.holds(id) || pool.reaped.holds(id);
        if (known || unit == null || key == null) {
            return false;
        }
        Shared before = shared(unit, key);
        pool.nextSeq();
        pool.touch();
        List<Owner> owners = new ArrayList<>(budgetsOf(lease));
        owners.add(unit);
        if (!unit.implicit()) {
            owners.add(key);
        }
        owners.forEach(owner -> owner.fields().set("in_flight", owner.number("in_flight") + 1));
        place(unit, key);
        if (!shared(unit, key).equals(before)) {
            placement.others(unit);
        }
        pool.leases.put(id, expiresMs);
        pool.holders.set(id, record.replaceFirst(" group=\\d+ ", " group=" + unit.group() + " "));
        return true;
    }

    void place(Owner unit, @Nullable Owner key) {
        if (key != null && !unit.implicit()) {
            placement.key(unit, key);
        }
        placement.unit(unit);
    }

    void forget() {
        forget(pool.settled, pool.nowMs() - SETTLED_MS);
        forget(pool.reaped, pool.nowMs() - REAPED_MS);
    }

    private static void forget(Index marks, long before) {
        marks.upTo(before - 1, FORGOTTEN).forEach(marks::remove);
    }

    int reap(int most) {
        List<String> expired = pool.leases.upTo(pool.nowMs(), most);
        if (expired.isEmpty()) {
            return 0;
        }
        pool.touch();
        expired.forEach(this::reapOne);
        forget();
        return expired.size();
    }

    private void reapOne(String id) {
        ModelLease lease = ModelLease.parse(pool.holders.text(id));
        pool.leases.remove(id);
        pool.holders.remove(id);
        pool.reaped.put(id, pool.nowMs());
        pool.settled.put(id, pool.nowMs());
        pool.meta.set("reaped", pool.meta.number("reaped") + 1);
        Owner unit = pool.unit(lease.unit());
        List<Owner> budgets = budgetsOf(lease);
        waiting.begin();
        Owner key = keyOf(unit, lease);
        Owner moved = movedOf(unit, lease);
        if (unit == null) {
            release(null, null, budgets);
            leave(moved, lease, id);
            waiting.released(null, null, budgets);
            return;
        }
        Shared before = shared(unit, key);
        release(unit, key, budgets);
        loseProbe(key, lease, id);
        place(unit, key);
        if (!shared(unit, key).equals(before)) {
            placement.others(unit);
        }
        leave(moved, lease, id);
        waiting.released(unit, key, budgets);
    }

    private void loseProbe(@Nullable Owner key, ModelLease lease, String id) {
        if (key != null
                && lease.probe()
                && key.state().equals("HALF_OPEN")
                && key.text("probe").equals(id)) {
            breaker.probeLost(key);
        }
    }

    /** The end of a lease of a key that belongs elsewhere by now. */
    void leave(@Nullable Owner key, ModelLease lease, String id) {
        if (key == null) {
            return;
        }
        releaseOne(key);
        loseProbe(key, lease, id);
        Owner unit = pool.unitOf(key);
        if (unit != null) {
            place(unit, key);
            placement.others(unit);
        }
    }

    /** Whether a lease that lies ahead can no longer be used when it starts. */
    boolean isLost(String id) {
        if (pool.switchedTo().equals("deny") || !pool.leases.holds(id)) {
            return true;
        }
        ModelLease lease = ModelLease.parse(pool.holders.text(id));
        Owner unit = pool.unit(lease.unit());
        Owner key = unit == null ? null : keyOf(unit, lease);
        if (unit == null || key == null || !key.state().equals("CLOSED") || key.number("gen") != lease.gen()) {
            return true;
        }
        long blockedMs = Math.max(key.number("blocked_until_ms"), unit.number("blocked_until_ms"));
        return blockedMs * 1000 > lease.start();
    }

    /** When the next lease expires, as far as waiting for it makes sense. */
    long eventHint() {
        List<Map.Entry<String, Long>> leases = pool.leases.entries();
        long next = leases.isEmpty() ? Long.MAX_VALUE : leases.get(0).getValue() * 1000 - pool.now;
        return Math.max(1000, Math.min(1_000_000, next));
    }
}
