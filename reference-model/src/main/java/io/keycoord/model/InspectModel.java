package io.keycoord.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code lua/inspect.lua}. */
final class InspectModel {
    private static final int MOST = 200;

    private final ModelPool pool;

    InspectModel(ModelPool pool) {
        this.pool = pool;
    }

    List<Object> run(List<String> args) {
        return switch (args.get(1)) {
            case "pool" -> whole();
            case "members" -> members();
            case "entities" -> entities(args.stream().skip(2).limit(MOST).toList());
            default -> leases(Long.parseLong(args.get(2)));
        };
    }

    private List<Object> begin(String status) {
        return new ArrayList<>(List.of(status, Long.toString(pool.now)));
    }

    private List<Object> whole() {
        List<Object> reply = begin("POOL");
        pool.meta.dump().forEach((name, value) -> reply.addAll(List.of(name, value)));
        reply.addAll(List.of("keys", count("key:"), "accounts", units().size() + ""));
        reply.addAll(List.of("leases", pool.leases.size() + ""));
        reply.addAll(List.of(
                "overdue", pool.leases.upTo(pool.nowMs(), Integer.MAX_VALUE).size() + ""));
        return reply;
    }

    private String count(String prefix) {
        return pool.owners.keySet().stream()
                        .filter(name -> name.startsWith(prefix))
                        .count()
                + "";
    }

    private List<String> units() {
        return pool.owners.values().stream()
                .filter(Owner::isUnit)
                .map(Owner::id)
                .toList();
    }

    private List<Object> members() {
        List<Object> reply = begin("MEMBERS");
        reply.addAll(units());
        pool.owners.keySet().stream().filter(name -> name.startsWith("key:")).forEach(reply::add);
        pool.owners.values().stream().filter(Owner::isBudget).map(Owner::id).forEach(reply::add);
        return reply;
    }

    private List<Object> entities(List<String> ids) {
        List<Object> reply = begin("ENTITIES");
        ids.forEach(id -> reply.add(entity(id, pool.owners.get(id))));
        return reply;
    }

    private List<String> entity(String id, @Nullable Owner owner) {
        List<String> reply = new ArrayList<>(List.of(id));
        if (owner == null) {
            return reply;
        }
        Map<String, String> fields = owner.fields().dump();
        String profile = owner.group().isEmpty() ? owner.text("profile") : owner.group();
        for (ModelLimit limit : pool.limits(profile)) {
            fields.put(limit.name() + "_left", pool.meter(owner, limit).left(pool.now) + "");
            fields.put(limit.name() + "_dimension", limit.dimension());
            fields.put(limit.name() + "_limit", limit.whole() + "");
            fields.put(limit.name() + "_period_us", limit.period() * limit.unit() + "");
        }
        fields.forEach((name, value) -> reply.addAll(List.of(name, value)));
        return reply;
    }

    private List<Object> leases(long most) {
        List<Object> reply = begin("LEASES");
        pool.leases.entries().stream()
                .limit(most)
                .forEach(entry -> reply.add(
                        List.of(entry.getKey(), entry.getValue().toString(), pool.holders.text(entry.getKey()))));
        return reply;
    }
}
