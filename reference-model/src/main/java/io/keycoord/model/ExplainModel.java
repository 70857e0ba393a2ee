package io.keycoord.model;

import java.util.ArrayList;
import java.util.List;

/** {@code lua/explain.lua}. */
final class ExplainModel {
    private static final int MOST = 200;
    private static final int ROUNDS = 4;
    private static final String ENDPOINT = "endpoint:";

    private final ModelPool pool;
    private final Gates gates;
    private final ModelOutages outages;

    ExplainModel(ModelPool pool, Gates gates) {
        this.pool = pool;
        this.gates = gates;
        this.outages = new ModelOutages(pool);
    }

    List<Object> run(List<String> args) {
        Cost cost = new Cost(Long.parseLong(args.get(1)), Long.parseLong(args.get(2)), Long.parseLong(args.get(3)));
        pool.keep = new ModelHeadroom(pool).leftBy(new ModelWaiting.Turn("", "", "", args.get(4)));
        List<Object> reply = new ArrayList<>(List.of("EXPLAINED", Long.toString(pool.now)));
        args.stream().skip(5).limit(MOST).forEach(id -> reply.addAll(rows(id, cost)));
        return reply;
    }

    private List<List<String>> rows(String id, Cost cost) {
        if (id.equals("switch")) {
            return switched();
        }
        if (id.startsWith(ENDPOINT)) {
            return resting(id, outages.opens(outages.read(id.substring(ENDPOINT.length()))));
        }
        Owner unit = pool.unit(id);
        if (unit != null) {
            return keys(unit, cost);
        }
        Owner budget = pool.budget(id);
        return budget == null || id.startsWith("account:")
                ? List.of()
                : List.of(row(id, "", budget.text("models"), "", gates.budgetAdmits(budget, cost, pool.now), ""));
    }

    private List<List<String>> switched() {
        String word = pool.switchedTo();
        String wait = word.equals("deny") ? "-2" : "0";
        return word.isEmpty() ? List.of() : List.of(List.of("switch", "", "", "", wait, word, ""));
    }

    private List<List<String>> resting(String id, long opens) {
        return opens > pool.now ? List.of(row(id, "", "", "", new Gate(opens, "endpoint"), "")) : List.of();
    }

    private List<List<String>> keys(Owner unit, Cost cost) {
        List<List<String>> rows = new ArrayList<>();
        for (Owner key : keysOf(unit)) {
            String own = key.text("tenants");
            rows.add(row(
                    unit.id(),
                    unit.group(),
                    unit.text("models"),
                    key.keyId(),
                    together(unit, key, cost),
                    own.isEmpty() ? unit.text("tenants") : own));
        }
        return rows;
    }

    private List<Owner> keysOf(Owner unit) {
        if (unit.single()) {
            Owner key = pool.onlyKey(unit);
            return key == null ? List.of() : List.of(key);
        }
        List<String> ids = new ArrayList<>(pool.keysOf(unit, "ready").first(MOST));
        ids.addAll(pool.keysOf(unit, "parked").first(MOST));
        List<Owner> keys = new ArrayList<>();
        for (String id : ids) {
            Owner key = pool.key(id);
            if (key != null) {
                keys.add(key);
            }
        }
        return keys;
    }

    private Gate together(Owner unit, Owner key, Cost cost) {
        if (unit.implicit()) {
            return gates.implicitAdmits(unit, cost);
        }
        Gate gate = gates.ownAdmits(unit, cost);
        for (int i = 0; i < ROUNDS; i++) {
            Gate other = gates.keyAdmits(key, cost, gate.at());
            if (other.at() <= gate.at()) {
                break;
            }
            gate = other;
            if (gate.at() >= Meter.EVENT) {
                break;
            }
            gate = gates.unitAdmits(unit, cost, gate);
        }
        return gate;
    }

    private List<String> row(String id, String group, String models, String key, Gate gate, String tenants) {
        long at = gate.at();
        long wait = at >= Meter.NEVER ? -2 : at >= Meter.EVENT ? -1 : at - pool.now;
        return List.of(id, group, models, key, Long.toString(wait), wait == 0 ? "" : gate.what(), tenants);
    }
}
