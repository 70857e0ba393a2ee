package io.keycoord.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code lua/recover.lua}. */
final class RecoverModel {
    private static final long EPOCH = 1_000_000_000_000L;
    private static final long HOUR_US = 3_600_000_000L;

    private final ModelPool pool;
    private final Placement placement;

    RecoverModel(ModelPool pool, Placement placement) {
        this.pool = pool;
        this.placement = placement;
    }

    List<String> run(List<String> args) {
        long seen = Long.parseLong(args.get(1));
        long from = pool.seq();
        if (seen <= from && seen / EPOCH == from / EPOCH) {
            return pool.reply("WHOLE");
        }
        if (seen > from) {
            pool.startEpoch(seen / EPOCH + 1, EPOCH);
            pool.log("pool", "ROLLED_BACK", seen - from + "_operations", 0);
        }
        args.subList(2, args.size()).forEach(this::empty);
        pool.touch();
        List<String> reply = new ArrayList<>(pool.reply("RECOVERED"));
        reply.add("" + pool.meta.number("recovered_from"));
        return reply;
    }

    private void empty(String id) {
        Owner owner = pool.owners.get(id);
        if (owner == null) {
            return;
        }
        boolean ownKey = !owner.isUnit() && !owner.isBudget();
        Owner unit = ownKey ? pool.unitOf(owner) : owner.isUnit() ? owner : null;
        if (ownKey && unit == null) {
            return;
        }
        pool.exhaust(owner, HOUR_US);
        for (ModelLimit limit : pool.limits(owner)) {
            owner.fields().set(limit.name() + "_left", pool.meter(owner, limit).left(pool.now));
        }
        owner.fields().set("as_of_ms", pool.nowMs());
        place(owner, unit);
    }

    private void place(Owner owner, @Nullable Owner unit) {
        if (owner.isUnit()) {
            placement.unit(owner);
        } else if (unit != null) {
            placement.key(unit, owner);
        }
    }
}
