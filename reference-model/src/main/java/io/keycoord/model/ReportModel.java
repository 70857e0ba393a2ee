package io.keycoord.model;

import java.util.List;

/** {@code lua/report.lua}. */
final class ReportModel {
    private final ModelPool pool;
    private final Placement placement;
    private final ModelLeases leases;
    private final ModelPace paces;

    ReportModel(ModelPool pool, Placement placement, ModelLeases leases) {
        this.pool = pool;
        this.placement = placement;
        this.leases = leases;
        this.paces = new ModelPace(pool);
    }

    List<String> run(List<String> args) {
        Owner key = pool.key(args.get(1));
        Owner unit = key == null ? null : pool.unitOf(key);
        if (key == null || unit == null) {
            return pool.reply("NO_KEY");
        }
        long restMs = Long.parseLong(args.get(2));
        pool.nextSeq();
        pool.touch();
        if (restMs > 0) {
            rest(key, pool.nowMs() + restMs, args.get(3));
        }
        learn(unit, args.get(4), args.get(5));
        leases.place(unit, key);
        for (Owner other : pool.classes(unit)) {
            if (!other.id().equals(unit.id())) {
                learn(other, args.get(4), args.get(5));
                placement.unit(other);
            }
        }
        if (restMs > 0) {
            pool.log(key.keyId(), "BLOCKED", args.get(3), pool.nowMs() + restMs);
        }
        pool.touch();
        return pool.reply("TAKEN");
    }

    private void rest(Owner key, long untilMs, String why) {
        if (untilMs > key.number("blocked_until_ms")) {
            key.fields().set("blocked_until_ms", untilMs);
            key.fields().set("blocked_why", why);
            pool.lose();
        }
    }

    private void learn(Owner unit, String models, String learnt) {
        if (!models.isEmpty() && unit.text("models").equals(models)) {
            paces.learn(unit, learnt, pool.now);
        }
    }
}
