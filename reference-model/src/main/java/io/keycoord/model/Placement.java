package io.keycoord.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where units and keys stand in the indexes, and in which order. */
final class Placement {
    /** What a weight of one adds to a pass. */
    static final long SHARE = 50_400;

    private static final long TIE = 1L << 33;
    private static final long MOST_LOAD = 1_048_575;

    private final ModelPool pool;
    private final Gates gates;

    Placement(ModelPool pool, Gates gates) {
        this.pool = pool;
        this.gates = gates;
    }

    long weight(Owner unit) {
        long weight = unit.number(pool.strategy().equals("weighted") ? "weight" : "keys");
        if (unit.single()) {
            return weight;
        }
        long usable = pool.keysOf(unit, "ready").size();
        return Math.max(1, weight * usable / Math.max(1, unit.number("keys")));
    }

    private long byLoad(Owner owner, long weight) {
        long load = Math.min(owner.number("in_flight") * 100 / weight, MOST_LOAD);
        return load * TIE + pool.seq() % TIE;
    }

    private long score(Owner unit) {
        return switch (pool.strategy()) {
            case "most-headroom" -> byHeadroom(unit);
            case "least-in-flight" -> byLoad(unit, unit.number("weight"));
            default -> Math.max(unit.number("pass"), pool.meta.number("virtual"));
        };
    }

    private long byHeadroom(Owner unit) {
        List<ModelLimit> limits = pool.limits(unit);
        ModelLimit indexed = ModelPool.indexed(limits);
        if (indexed != null) {
            return unit.number(indexed.name() + "_tat");
        }
        boolean bucket = !limits.isEmpty() && limits.get(0).isBucket();
        return bucket ? unit.number(limits.get(0).name() + "_tat") : byLoad(unit, 1);
    }

    /** The token index of the unit's group, where the ready one is not in its order already. */
    private @Nullable Index tokens(Owner unit) {
        boolean own = !pool.strategy().equals("most-headroom") && ModelPool.indexed(pool.limits(unit)) != null;
        return own ? pool.index("tokens", unit.group()) : null;
    }

    void unit(Owner unit) {
        Gate gate = gates.unit(unit);
        Index tokens = tokens(unit);
        if (gate.at() == 0) {
            ready(unit, tokens);
        } else {
            park(unit, tokens, gate);
        }
    }

    private void ready(Owner unit, @Nullable Index tokens) {
        if (!unit.text("index").equals("ready")) {
            pool.index("parked", unit.group()).remove(unit.id());
            unit.fields().set("index", "ready");
            unit.fields().set("wait_for", "");
            unit.fields().set("wait_until_ms", 0);
            if (pool.opened != null) {
                pool.opened.add(unit);
            }
        }
        pool.index("ready", unit.group()).put(unit.id(), score(unit));
        ModelLimit indexed = ModelPool.indexed(pool.limits(unit));
        if (tokens != null && indexed != null) {
            tokens.put(unit.id(), unit.number(indexed.name() + "_tat"));
        }
    }

    private void park(Owner unit, @Nullable Index tokens, Gate gate) {
        pool.index("ready", unit.group()).remove(unit.id());
        if (tokens != null) {
            tokens.remove(unit.id());
        }
        unit.fields().set("index", "parked");
        unit.fields().set("wait_for", gate.what());
        unit.fields().set("wait_until_ms", gate.at() >= Meter.EVENT ? 0 : Numbers.ceilDiv(gate.at(), 1000));
        pool.index("parked", unit.group()).put(unit.id(), gate.at());
    }

    /** A key of an account with several. */
    void key(Owner unit, Owner key) {
        if (unit.single()) {
            return;
        }
        Gate gate = gates.key(key);
        Index ready = pool.keysOf(unit, "ready");
        Index parked = pool.keysOf(unit, "parked");
        if (gate.at() > 0) {
            ready.remove(key.id());
            key.fields().set("index", "parked");
            parked.put(key.id(), gate.at());
            return;
        }
        if (!key.text("index").equals("ready")) {
            List<Map.Entry<String, Long>> others = ready.entries();
            if (!others.isEmpty()) {
                key.fields()
                        .set("pass", Math.max(key.number("pass"), others.get(0).getValue()));
            }
            parked.remove(key.id());
            key.fields().set("index", "ready");
        }
        ready.put(
                key.id(),
                pool.strategy().equals("least-in-flight") ? byLoad(key, key.number("weight")) : key.number("pass"));
    }

    /** What opens or shuts a key places the other classes of its account as well. */
    void others(Owner unit) {
        pool.classes(unit).stream()
                .filter(other -> !other.id().equals(unit.id()))
                .forEach(this::unit);
    }
}
