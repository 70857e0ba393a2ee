package io.keycoord.model;

import java.util.ArrayList;
import java.util.List;

/** {@code lua/operate.lua}. */
final class OperateModel {
    private final ModelPool pool;
    private final Gates gates;
    private final Placement placement;
    private final ModelBreaker breaker;
    private final ModelLeases leases;
    private final ModelWaiting waiting;

    OperateModel(ModelPool pool, Gates gates, Placement placement, ModelBreaker breaker, ModelLeases leases) {
        this.pool = pool;
        this.gates = gates;
        this.placement = placement;
        this.breaker = breaker;
        this.leases = leases;
        this.waiting = new ModelWaiting(pool);
    }

    List<String> run(List<String> args) {
        Owner key = pool.key(args.get(2));
        Owner unit = key == null ? null : pool.unitOf(key);
        if (key == null || unit == null) {
            return pool.reply("NO_KEY");
        }
        String before = key.state();
        boolean rotate = args.get(1).equals("rotate");
        boolean drained = args.get(1).equals("drain") || (rotate && before.equals("DRAINING"));
        String after = drained ? "DRAINING" : "CLOSED";
        boolean reset = args.get(1).equals("reset");
        if (before.equals(after)
                && !rotate
                && !(reset && (isBlocked(key) || pool.classes(unit).stream().anyMatch(this::isBlocked)))) {
            return reply("UNCHANGED", before, after);
        }
        Gate gateBefore = gates.key(key);
        pool.nextSeq();
        waiting.begin();
        if (rotate) {
            breaker.rotated(key, after);
        } else if (!before.equals(after)) {
            breaker.operated(key, after);
        }
        if (reset) {
            lift(key);
            pool.classes(unit).forEach(OperateModel::lift);
        }
        leases.place(unit, key);
        if (reset || gates.key(key).at() != gateBefore.at()) {
            placement.others(unit);
        }
        pool.log(key.keyId(), rotate ? "ROTATED" : after, args.get(4), 0, args.get(3));
        waiting.released(null, null, List.of());
        pool.touch();
        return reply("CHANGED", before, after);
    }

    private boolean isBlocked(Owner owner) {
        return owner.number("blocked_until_ms") > pool.nowMs();
    }

    static void lift(Owner owner) {
        owner.fields().set("blocked_until_ms", 0);
        owner.fields().set("blocked_why", "");
    }

    private List<String> reply(String status, String before, String after) {
        List<String> reply = new ArrayList<>(pool.reply(status));
        reply.add(before);
        reply.add(after);
        return reply;
    }
}
