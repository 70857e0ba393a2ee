package io.keycoord.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** The choice of a unit and one of its keys: heads of the ready indexes, the token indexes, then the parked ones. */
final class ModelSearch {
    private static final int HEADS = 4;
    private static final int WALK = 32;
    private static final int PROMOTED = 8;

    /** A unit, one of its keys, and the first instant at which both admit the request. */
    record Found(Owner unit, Owner key, Gate gate) {}

    private record Head(String id, long score) {}

    private final ModelPool pool;
    private final Gates gates;
    private final Placement placement;
    private final List<String> groups;
    private final List<String> preferred;
    private final Cost cost;
    private final Set<String> noKeys;
    private final Set<String> noAccounts;
    private final int excluded;
    private final Set<String> seen = new HashSet<>();
    private int walked;
    private String preferredKey = "";

    @Nullable
    Found best;

    /** Fits now, but stands out among its peers. */
    @Nullable
    Found spare;

    @Nullable
    Long cut;

    ModelSearch(
            ModelPool pool,
            Gates gates,
            Placement placement,
            List<String> groups,
            List<String> preferred,
            Cost cost,
            List<String> noKeys,
            List<String> noAccounts) {
        this.pool = pool;
        this.gates = gates;
        this.placement = placement;
        this.groups = groups;
        this.preferred = preferred;
        this.cost = cost;
        this.noKeys = Set.copyOf(noKeys);
        this.noAccounts = Set.copyOf(noAccounts);
        this.excluded = noKeys.size() + noAccounts.size();
    }

    @Nullable
    Found run() {
        best = null;
        spare = null;
        cut = null;
        walked = 0;
        seen.clear();
        groups.forEach(this::promote);
        for (String words : preferred) {
            Found found = prefer(words.substring(0, words.indexOf('@')), words.substring(words.indexOf('@') + 1));
            if (found != null) {
                return found;
            }
        }
        for (Head head : heads()) {
            Found found = consider(head.id);
            if (found != null) {
                return found;
            }
        }
        for (String group : groups) {
            Found found = byTokens(group);
            if (found != null) {
                return found;
            }
        }
        if (spare != null) {
            return null;
        }
        for (String group : groups) {
            LongUnaryOperator opens = gate -> Math.max(gate, pool.now);
            Found found = walk(pool.index("parked", group), isFree() ? gate -> pool.now : opens, opens);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** A unit that the caller wants looked at first; {@code place}: its group, and perhaps the key to begin with. */
    private @Nullable Found prefer(String id, String place) {
        int slash = place.indexOf('/');
        String group = slash < 0 ? place : place.substring(0, slash);
        Owner unit = pool.unit(id);
        if (unit == null || !groups.contains(group) || !unit.group().equals(group)) {
            return null;
        }
        preferredKey = slash < 0 ? "" : place.substring(slash + 1);
        Found found = consider(id);
        preferredKey = "";
        return found;
    }

    private void promote(String group) {
        Index parked = pool.index("parked", group);
        for (String id : parked.upTo(pool.now, PROMOTED)) {
            pool.touch();
            Owner unit = pool.unit(id);
            if (unit == null) {
                parked.remove(id);
            } else {
                placement.unit(unit);
            }
        }
    }

    private List<Head> heads() {
        List<Head> heads = new ArrayList<>();
        for (String group : groups) {
            pool.index("ready", group).entries().stream()
                    .limit((long) HEADS + excluded)
                    .forEach(entry -> heads.add(new Head(entry.getKey(), entry.getValue())));
        }
        heads.sort(Comparator.comparingLong(Head::score).thenComparing(Head::id));
        return heads;
    }

    private @Nullable Found byTokens(String group) {
        ModelLimit indexed = ModelPool.indexed(pool.limits(group));
        boolean own = indexed != null && !pool.strategy().equals("most-headroom");
        LongUnaryOperator bound = score -> {
            if (indexed == null) {
                return pool.now;
            }
            long takes = indexed.increment(cost.of(indexed.dimension()));
            long left = takes == 0 ? 0 : Math.min(indexed.tolerance() - takes, indexed.tolerance() * pool.keep / 100);
            return Math.max(pool.now, (score + takes + left - indexed.tolerance()) * indexed.unit());
        };
        LongUnaryOperator best = score -> this.best == null ? pool.now : this.best.gate.at();
        return walk(pool.index(own ? "tokens" : "ready", group), bound, pool.keep > 0 ? best : bound);
    }

    /** {@code hint}: when those could fit that are not looked at. */
    private @Nullable Found walk(Index index, LongUnaryOperator bound, LongUnaryOperator hint) {
        for (Map.Entry<String, Long> entry : index.entries()) {
            long earliest = bound.applyAsLong(entry.getValue());
            if (best != null && earliest >= best.gate.at()) {
                return null;
            }
            if (walked >= WALK + excluded) {
                long told = hint.applyAsLong(entry.getValue());
                cut = cut == null ? told : Math.min(cut, told);
                return null;
            }
            Found found = consider(entry.getKey());
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** The unit, if it fits now; else it is remembered when it is the first to fit. */
    private @Nullable Found consider(String id) {
        Owner unit = pool.unit(id);
        if (!seen.add(id) || unit == null || noAccounts.contains(unit.account())) {
            return null;
        }
        walked++;
        Found found = settleOn(unit);
        if (found == null) {
            return null;
        }
        if (found.gate.at() <= pool.now) {
            if (!ModelHealth.isDegraded(found.key, pool.nowMs())) {
                return found;
            }
            spare = spare == null ? found : spare;
            return null;
        }
        if (best == null || found.gate.at() < best.gate.at()) {
            best = found;
        }
        if (unit.text("index").equals("ready") && gates.unit(unit).at() > 0) {
            pool.touch();
            placement.unit(unit);
        }
        return null;
    }

    /** Goes to and fro between the unit and its key until both admit the request. */
    private @Nullable Found settleOn(Owner unit) {
        Gate gate = unit.implicit() ? gates.implicitAdmits(unit, cost) : gates.ownAdmits(unit, cost);
        Owner key = null;
        for (int i = 0; i < 4; i++) {
            Candidate candidate = candidate(unit, gate.at());
            if (candidate == null) {
                return null;
            }
            key = candidate.key;
            if (candidate.gate.at() <= gate.at() || candidate.gate.at() >= Meter.EVENT) {
                gate = gate.later(candidate.gate);
                break;
            }
            gate = gates.unitAdmits(unit, cost, candidate.gate);
        }
        return key == null ? null : new Found(unit, key, gate);
    }

    private record Candidate(Owner key, Gate gate) {}

    private @Nullable Candidate candidate(Owner unit, long time) {
        if (!unit.single()) {
            return chooseKey(unit, time);
        }
        Owner key = pool.onlyKey(unit);
        if (key == null || noKeys.contains(key.keyId())) {
            return null;
        }
        return new Candidate(key, gates.keyAdmits(key, cost, time));
    }

    /** The first key in order that can be used at that time, else the one that can be used first. */
    private @Nullable Candidate chooseKey(Owner unit, long time) {
        Index parked = pool.keysOf(unit, "parked");
        for (String id : parked.upTo(pool.now, PROMOTED)) {
            Owner key = pool.key(id);
            if (key != null) {
                pool.touch();
                placement.key(unit, key);
            }
        }
        Candidate first = null;
        Candidate spare = null;
        List<String> order = new ArrayList<>(preferredKey.isEmpty() ? List.of() : List.of(preferredKey));
        order.addAll(pool.keysOf(unit, "ready").first(WALK + excluded));
        for (String id : order) {
            Candidate looked = look(id, time);
            if (looked == null || looked.gate.at() > time) {
                first = earlier(first, looked);
            } else if (ModelHealth.isDegraded(looked.key, pool.nowMs())) {
                spare = spare == null ? looked : spare;
            } else {
                return looked;
            }
        }
        if (spare != null) {
            return spare;
        }
        for (Map.Entry<String, Long> entry :
                parked.entries().stream().limit((long) WALK + excluded).toList()) {
            long best = first == null ? Long.MAX_VALUE : first.gate.at();
            if (entry.getValue() >= best && (best <= time || !isFree())) {
                break;
            }
            first = earlier(first, look(entry.getKey(), time));
        }
        return first;
    }

    /** What has no money left may be parked, and yet serve a call that costs none. */
    private boolean isFree() {
        return cost.money() == 0 && pool.hasPrices();
    }

    private @Nullable Candidate look(String id, long time) {
        Owner key = noKeys.contains(id) ? null : pool.key(id);
        return key == null ? null : new Candidate(key, gates.keyAdmits(key, cost, time));
    }

    private static @Nullable Candidate earlier(@Nullable Candidate first, @Nullable Candidate other) {
        if (other == null) {
            return first;
        }
        return first == null || other.gate.at() < first.gate.at() ? other : first;
    }
}
