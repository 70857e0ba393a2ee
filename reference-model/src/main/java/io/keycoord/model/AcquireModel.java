package io.keycoord.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code lua/acquire.lua}. */
final class AcquireModel {
    private static final long STALE_US = 10_000_000;

    private final ModelPool pool;
    private final Gates gates;
    private final Placement placement;
    private final ModelBreaker breaker;
    private final ModelLeases leases;
    private final ModelPace paces;
    private final ModelOutages outages;
    private final ModelWaiting waiting;

    AcquireModel(ModelPool pool, Gates gates, Placement placement, ModelBreaker breaker, ModelLeases leases) {
        this.pool = pool;
        this.gates = gates;
        this.placement = placement;
        this.breaker = breaker;
        this.leases = leases;
        this.paces = new ModelPace(pool);
        this.outages = new ModelOutages(pool);
        this.waiting = new ModelWaiting(pool);
    }

    private record Ask(
            String id,
            String worker,
            long ttlMs,
            Cost cost,
            long maxWait,
            String groups,
            List<Owner> budgets,
            String endpoint,
            ModelWaiting.Turn turn,
            ModelOutages.@Nullable Outage probed) {

        /** That finds out whether the endpoint works again, now or not at all. */
        Ask probing(ModelOutages.@Nullable Outage outage) {
            return new Ask(id, worker, ttlMs, cost, 0, groups, budgets, endpoint, turn, outage);
        }
    }

    List<String> run(List<String> args) {
        String id = args.get(1);
        if (pool.leases.holds(id)) {
            ModelLease lease = ModelLease.parse(pool.holders.text(id));
            return granted(lease, Math.max(0, lease.start() - pool.now), pool.leases.score(id));
        }
        long sent = args.get(3).isEmpty() ? pool.now : Long.parseLong(args.get(3));
        if (pool.now - sent > STALE_US || pool.settled.holds(id)) {
            return reply("STALE");
        }
        boolean shadow = pool.switchedTo().equals("shadow");
        if (!shadow && !pool.switchedTo().isEmpty()) {
            return pool.switchedTo().equals("deny") ? reply("DENIED", "SWITCHED_OFF", 0) : reply("OPEN");
        }
        Ask ask = new Ask(
                id,
                args.get(2),
                Long.parseLong(args.get(4)),
                new Cost(Long.parseLong(args.get(5)), Long.parseLong(args.get(6)), Long.parseLong(args.get(7))),
                shadow ? 0 : Long.parseLong(args.get(8)),
                args.get(9),
                list(args.get(12)).stream()
                        .flatMap(budget -> Stream.ofNullable(pool.budget(budget)))
                        .toList(),
                args.get(14),
                new ModelWaiting.Turn(args.get(2) + "/" + args.get(16), args.get(15), args.get(17), args.get(18)),
                null);
        List<String> groups =
                list(args.get(9)).stream().filter(group -> possible(group, ask)).toList();
        if (groups.isEmpty()) {
            return denied(ask, "IMPOSSIBLE", 0);
        }
        ModelSearch search = new ModelSearch(
                pool, gates, placement, groups, list(args.get(13)), ask.cost, list(args.get(10)), list(args.get(11)));
        return decide(ask, search);
    }

    private static List<String> list(String words) {
        return Arrays.stream(words.split(",", -1))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private boolean possible(String group, Ask ask) {
        return pool.limits(group).stream().allMatch(limit -> limit.possible(ask.cost.of(limit.dimension())));
    }

    private List<String> decide(Ask request, ModelSearch search) {
        int reaped = leases.reap(4);
        ModelOutages.Outage outage = outages.read(request.endpoint);
        long opens = outages.opens(outage);
        if (opens > pool.now) {
            return denied(request, "ENDPOINT", hint(opens));
        }
        Ask ask = opens == 0 ? request.probing(outage) : request;
        pool.keep = new ModelHeadroom(pool).leftBy(ask.turn);
        waiting.hold(ask.turn);
        ModelSearch.Found found = shut(ask) == null ? search(search) : null;
        for (int i = 0; i < 2 && found == null && reaped >= 4; i++) {
            reaped = leases.reap(64);
            if (reaped > 0) {
                waiting.hold(ask.turn);
            }
            found = reaped > 0 && shut(ask) == null ? search(search) : null;
        }
        if (found != null) {
            return grant(ask, found, pool.now);
        }
        Gate shut = shut(ask);
        if (shut != null) {
            boolean slots = shut.what().equals("concurrency");
            if (shut.at() < Meter.NEVER && slots) {
                return awaited(ask, "CONCURRENCY", shut.at(), shutBy(ask, shut));
            }
            return denied(ask, shut.at() >= Meter.NEVER ? "IMPOSSIBLE" : "BUDGET", hint(shut.at()));
        }
        ModelSearch.Found best = search.best;
        Long cut = search.cut;
        if (best == null) {
            return cut == null ? denied(ask, "NO_KEY", 0) : denied(ask, "SEARCH_LIMIT", cut - pool.now);
        }
        if (cut == null
                && best.gate().at() >= Meter.NEVER
                && isLimit(best.gate().what())) {
            return denied(ask, "IMPOSSIBLE", 0);
        }
        if (leastBad(best, ask)) {
            List<String> reply = grant(ask, best, pool.now);
            pool.meta.set("least_bad", ask.id);
            return reply;
        }
        if (best.gate().at() < Meter.EVENT && reservable(best, ask)) {
            return grant(ask, best, best.gate().at());
        }
        if (cut != null && cut < best.gate().at()) {
            return denied(ask, "SEARCH_LIMIT", Math.max(1, cut - pool.now));
        }
        String reason = reason(best.gate().what());
        boolean event = reason.equals("CONCURRENCY") || best.gate().what().equals("probe");
        return event
                ? awaited(ask, reason, best.gate().at(), "units")
                : denied(ask, reason, hint(best.gate().at()));
    }

    /** A denial for which the caller waits, if it waits at all. */
    private List<String> awaited(Ask ask, String reason, long at, String needs) {
        long hint = hint(at);
        boolean shadow = pool.switchedTo().equals("shadow");
        if (!ask.turn.waits() || shadow) {
            return denied(ask, reason, hint);
        }
        waiting.enter(ask.turn, needs, ask.groups);
        return reply("DENIED", reason, hint, 1);
    }

    private static ModelSearch.@Nullable Found search(ModelSearch search) {
        ModelSearch.Found found = search.run();
        return found != null ? found : search.spare;
    }

    /** What keeps the budgets from admitting the call now, the latest of them; null if nothing does. */
    private @Nullable Gate shut(Ask ask) {
        Gate shut = null;
        for (Owner budget : ask.budgets) {
            Gate gate = gates.budgetAdmits(budget, ask.cost, pool.now);
            if (gate.at() > pool.now && (shut == null || gate.at() > shut.at())) {
                shut = gate;
            }
        }
        return shut;
    }

    private String shutBy(Ask ask, Gate shut) {
        return ask.budgets.stream()
                .filter(budget -> gates.budgetAdmits(budget, ask.cost, pool.now).equals(shut))
                .findFirst()
                .orElseThrow()
                .id();
    }

    private static boolean isLimit(String what) {
        return what.equals("requests") || what.endsWith("tokens") || what.equals("money");
    }

    private long hint(long at) {
        if (at >= Meter.NEVER) {
            return 0;
        }
        return at >= Meter.EVENT ? leases.eventHint() : at - pool.now;
    }

    private static String reason(String what) {
        return switch (what) {
            case "requests", "tokens", "input_tokens", "output_tokens" -> "RATE_LIMITED";
            case "money" -> "BUDGET";
            case "concurrency" -> "CONCURRENCY";
            case "block" -> "BLOCKED";
            case "breaker", "probe" -> "UNHEALTHY";
            case "draining", "disabled" -> "NO_KEY";
            default -> throw new IllegalStateException("nothing is known to wait for " + what);
        };
    }

    /** When every key rests, one call in the whole cluster is sent all the same. */
    private boolean leastBad(ModelSearch.Found best, Ask ask) {
        return pool.meta.text("unhealthy").equals("least-bad")
                && best.gate().what().equals("breaker")
                && best.key().state().equals("OPEN")
                && !pool.leases.holds(pool.meta.text("least_bad"))
                && gates.ownAdmits(best.unit(), ask.cost).at() <= pool.now
                && gates.ownAdmits(best.key(), ask.cost).at() <= pool.now;
    }

    /** A lease may start later only on a healthy key, and not beyond what fixed windows know. */
    private boolean reservable(ModelSearch.Found found, Ask ask) {
        if (pool.keep > 0
                || found.gate().at() > pool.now + ask.maxWait
                || !found.key().state().equals("CLOSED")) {
            return false;
        }
        for (Owner budget : budgets(ask, found)) {
            if (gates.budgetAdmits(budget, ask.cost, found.gate().at()).at()
                    > found.gate().at()) {
                return false;
            }
        }
        return Stream.concat(owners(found), budgets(ask, found).stream())
                .flatMap(owner -> pool.limits(owner).stream())
                .filter(ModelLimit::isFixed)
                .allMatch(limit -> isKnown(limit, found.gate().at() / limit.unit()));
    }

    /** State reaches to the end of the next window, and what may arrive after that end is beyond it. */
    private boolean isKnown(ModelLimit limit, long at) {
        long next = Windows.index(limit, pool.now / limit.unit()) + 1;
        return at < Windows.start(limit, next) || at + limit.jitter() < Windows.start(limit, next + 1);
    }

    /** All that the call is charged to besides the unit and its key. */
    private List<Owner> budgets(Ask ask, ModelSearch.Found found) {
        Owner overall = pool.overall(found.unit());
        return Stream.concat(Stream.ofNullable(overall), ask.budgets.stream()).toList();
    }

    private static Stream<Owner> owners(ModelSearch.Found found) {
        return found.unit().implicit() ? Stream.of(found.unit()) : Stream.of(found.unit(), found.key());
    }

    private List<String> grant(Ask ask, ModelSearch.Found found, long start) {
        Owner unit = found.unit();
        Owner key = found.key();
        boolean probe = key.state().equals("OPEN");
        long expiresMs = Numbers.ceilDiv(start, 1000) + ask.ttlMs;
        pool.nextSeq();
        countPass(unit, key);
        pool.touch();
        List<Long> pace = paces.all(unit);
        List<List<Long>> stamps = new ArrayList<>();
        List<Owner> budgets = budgets(ask, found);
        Stream.concat(owners(found), budgets.stream()).forEach(owner -> stamps.add(charge(owner, ask, start)));
        ModelLease lease = new ModelLease(
                key.keyId(),
                ask.worker,
                ask.cost,
                pool.nowMs(),
                unit.id(),
                unit.group(),
                start,
                key.number("gen"),
                probe,
                budgets.stream().map(Owner::id).toList(),
                stamps,
                pace);
        if (probe) {
            breaker.probe(key, ask.id);
            pool.log(key.keyId(), "HALF_OPEN", "probe", expiresMs);
        }
        if (ask.probed != null) {
            outages.probe(ask.endpoint, ask.probed, ask.id);
        }
        leases.place(unit, key);
        waiting.granted(ask.turn, ask.groups, unit, key, ask.budgets);
        pool.leases.put(ask.id, expiresMs);
        pool.holders.set(ask.id, lease.text());
        return granted(lease, start - pool.now, expiresMs);
    }

    private void countPass(Owner unit, Owner key) {
        if (pool.strides()) {
            long pass = Math.max(unit.number("pass"), pool.meta.number("virtual"));
            pool.meta.set("virtual", pass);
            unit.fields().set("pass", pass + Placement.SHARE / placement.weight(unit));
        }
        if (!unit.single()) {
            long weight = pool.strategy().equals("weighted") ? key.number("weight") : 1;
            key.fields().set("pass", key.number("pass") + Placement.SHARE / weight);
        }
    }

    private List<Long> charge(Owner owner, Ask ask, long start) {
        List<Long> stamps = new ArrayList<>();
        owner.fields().set("in_flight", owner.number("in_flight") + 1);
        for (ModelLimit limit : pool.limits(owner)) {
            Meter meter = pool.meter(owner, limit);
            stamps.add(meter.charge(ask.cost.of(limit.dimension()), start, pool.now, paces.of(owner, limit)));
            owner.fields().set(limit.name() + "_left", meter.left(pool.now));
        }
        owner.fields().set("as_of_ms", pool.nowMs());
        return stamps;
    }

    private List<String> reply(String status, Object... more) {
        List<String> reply = new ArrayList<>(pool.reply(status));
        Arrays.stream(more).forEach(word -> reply.add(String.valueOf(word)));
        return reply;
    }

    private List<String> granted(ModelLease lease, long waitUs, long expiresMs) {
        return reply("GRANTED", waitUs, expiresMs, lease.text());
    }

    private List<String> denied(Ask ask, String reason, long hintUs) {
        if (reason.equals("IMPOSSIBLE") && pool.withheld() > 0) {
            return denied(ask, "RATE_LIMITED", 1_000_000);
        }
        if (pool.switchedTo().equals("shadow")) {
            return reply("SHADOW", reason, hintUs);
        }
        if (ask.turn.hasWaited()) {
            waiting.leave(ask.turn.member());
        }
        return reply("DENIED", reason, hintUs, 0);
    }
}
