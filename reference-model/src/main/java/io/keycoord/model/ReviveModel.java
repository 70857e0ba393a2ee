package io.keycoord.model;

import java.util.ArrayList;
import java.util.List;

/** {@code lua/revive.lua}. */
final class ReviveModel {
    private final ModelPool pool;
    private final Gates gates;
    private final Placement placement;
    private final ModelBreaker breaker;
    private final ModelLeases leases;
    private final ModelWaiting waiting;

    ReviveModel(ModelPool pool, Gates gates, Placement placement, ModelBreaker breaker, ModelLeases leases) {
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
        List<String> causes = List.of(args.get(3).split(","));
        boolean failed = List.of("OPEN", "DISABLED").contains(key.state()) && causes.contains(key.text("why"));
        boolean keyBlocked = isBlocked(key, causes);
        boolean accountBlocked = isBlocked(unit, causes);
        if (key.state().equals("DRAINING") || !(failed || keyBlocked || accountBlocked)) {
            return pool.reply("NOT_OUT");
        }
        if (args.get(1).equals("claim")) {
            return claim(key, Long.parseLong(args.get(4)), Long.parseLong(args.get(5)));
        }
        String before = key.state();
        Gate gateBefore = gates.key(key);
        waiting.begin();
        pool.nextSeq();
        if (failed) {
            breaker.revived(key);
        }
        if (keyBlocked) {
            OperateModel.lift(key);
        }
        if (accountBlocked) {
            pool.classes(unit).stream().filter(each -> isBlocked(each, causes)).forEach(OperateModel::lift);
        }
        leases.place(unit, key);
        if (accountBlocked || gates.key(key).at() != gateBefore.at()) {
            placement.others(unit);
        }
        pool.log(key.keyId(), "REVIVED", args.get(7), 0, args.get(6));
        waiting.released(null, null, List.of());
        pool.touch();
        List<String> reply = new ArrayList<>(pool.reply("REVIVED"));
        reply.add(before);
        reply.add(key.state());
        return reply;
    }

    private boolean isBlocked(Owner owner, List<String> causes) {
        return owner.number("blocked_until_ms") > pool.nowMs() && causes.contains(owner.text("blocked_why"));
    }

    private List<String> claim(Owner key, long restMs, long longestMs) {
        long askedUntil = key.number("asked_until_ms");
        if (askedUntil > pool.nowMs()) {
            return pool.reply("NOT_DUE");
        }
        boolean again = pool.nowMs() - askedUntil < longestMs;
        long rest = Math.min(longestMs, Math.max(restMs, again ? 2 * key.number("asked_rest_ms") : 0));
        key.fields().set("asked_until_ms", pool.nowMs() + rest);
        key.fields().set("asked_rest_ms", rest);
        return pool.reply("CLAIMED");
    }
}
