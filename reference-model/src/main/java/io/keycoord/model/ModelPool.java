package io.keycoord.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The stored state of one pool, its clock, and the names under which Redis has it. */
final class ModelPool {
    final Fields meta = new Fields();
    final Fields windows = new Fields();
    final Fields holders = new Fields();
    final Fields endpoints = new Fields();
    final Fields outages = new Fields();
    final Fields limits = new Fields();
    final Fields groups = new Fields();
    final Map<String, Owner> owners = new TreeMap<>();
    final Map<String, Index> indexes = new TreeMap<>();
    final Index leases = index("leases");
    final Index settled = index("settled");
    final Index reaped = index("reaped");
    final Index waiting = index("waiting");
    final Index called = index("called");
    final Index refused = index("refused");
    final Fields waiters = new Fields();
    final Fields shares = new Fields();
    final List<String> log = new ArrayList<>();

    /** Whom the call has told to ask again, as {@code worker/room}. */
    final List<String> messages = new ArrayList<>();

    private final Map<String, List<ModelLimit>> parsed = new HashMap<>();
    long now;

    /** Slots that are held for others, by the name of their owner. */
    Map<String, Long> held = Map.of();

    /** What the call has to leave of every limit, in percent. */
    long keep;

    /** Units that have come back into service, while that is noted. */
    @Nullable
    List<Owner> opened;

    private long offset;

    boolean known() {
        return meta.size() > 0;
    }

    void create() {
        meta.set("schema", 1);
        for (String zero :
                List.of("seq", "last_us", "offset_us", "virtual", "reaped", "losses", "outages_ms", "waiting")) {
            meta.set(zero, 0);
        }
        meta.set("epoch", 1);
        meta.set("strategy", "most-headroom");
        meta.set("unhealthy", "deny");
        meta.set("breaker", "");
        meta.set("prices", "-");
        meta.set("revision", "");
        meta.set("switch", "");
        for (Fields hash : List.of(windows, holders, endpoints, outages, limits, groups, waiters)) {
            hash.set("-", "");
        }
    }

    /** Reads the clock: a backward step becomes a part of the offset as soon as something is stored. */
    void open(String clock) {
        long time = Long.parseLong(clock) + meta.number("offset_us");
        now = Math.max(time, meta.number("last_us"));
        offset = meta.number("offset_us") + now - time;
    }

    /** Time goes on after a backward step even if nothing else is stored. */
    void keepStep() {
        if (offset != meta.number("offset_us")) {
            touch();
        }
    }

    /** What an operator has switched the pool to; empty if it works as usual. */
    String switchedTo() {
        return meta.text("switch");
    }

    void touch() {
        meta.set("last_us", now);
        meta.set("offset_us", offset);
    }

    long nowMs() {
        return now / 1000;
    }

    long seq() {
        return meta.number("seq");
    }

    void nextSeq() {
        meta.set("seq", seq() + 1);
    }

    /** After a loss: the sequence goes on at that multiple of {@code length}, and workers look after leases that lie ahead. */
    void startEpoch(long number, long length) {
        meta.set("recovered_from", seq());
        meta.set("seq", number * length);
        meta.set("losses", number * length);
        meta.set("epoch", meta.number("epoch") + 1);
        touch();
    }

    /** Counts what takes a key or an account out of service, so that workers look after leases that lie ahead. */
    void lose() {
        meta.set("losses", meta.number("losses") + 1);
    }

    /** How the replies that know the pool begin. */
    List<String> reply(String status) {
        return List.of(status, Long.toString(now), meta.text("seq"), meta.text("losses"));
    }

    String strategy() {
        return meta.text("strategy");
    }

    /** Whether accounts and keys are served by a pass that each grant moves on. */
    boolean strides() {
        return strategy().equals("round-robin") || strategy().equals("weighted");
    }

    List<ModelLimit> limits(String group) {
        if (group.isEmpty()) {
            return List.of();
        }
        List<ModelLimit> whole = parsed.computeIfAbsent(group, number -> ModelLimit.parse(limits.text(number)));
        long withheld = withheld();
        return withheld == 0
                ? whole
                : whole.stream().map(limit -> limit.less(withheld)).toList();
    }

    /** How many millionths of every limit and of all slots are withheld for workers that were cut off. */
    long withheld() {
        return meta.number("withheld");
    }

    /** The workers that are there, by when they said so. */
    Index present() {
        return index("present");
    }

    /** Those that were cut off, by until when their shares are withheld. */
    Index lapsed() {
        return index("lapsed");
    }

    /** The limits that an owner is charged on. */
    List<ModelLimit> limits(Owner owner) {
        return limits(owner.isUnit() ? owner.group() : owner.text("profile"));
    }

    Meter meter(Owner owner, ModelLimit limit) {
        return Meter.of(owner, limit, windows);
    }

    /** The owner's limits begin as if they had just been used up, but for windows longer than that. */
    void exhaust(Owner owner, long longestUs) {
        for (ModelLimit limit : limits(owner)) {
            if (limit.windowUs() > longestUs) {
                continue;
            }
            if (limit.isBucket()) {
                long used = Numbers.ceilDiv(now, limit.unit()) + limit.tolerance();
                String tat = limit.name() + "_tat";
                owner.fields().set(tat, Math.max(owner.number(tat), used));
            } else {
                meter(owner, limit).charge(limit.limit(), now, now);
            }
        }
    }

    /** Whether calls may cost money. */
    boolean hasPrices() {
        return !meta.text("prices").equals("-");
    }

    @Nullable
    Owner budget(String id) {
        Owner owner = owners.get(id);
        return owner != null && owner.isBudget() ? owner : null;
    }

    /** What the unit's account has for all its classes together. */
    @Nullable
    Owner overall(Owner unit) {
        return unit.number("has_overall") == 1 ? budget("account:" + unit.account() + "/overall") : null;
    }

    /** The limit that the token index answers exactly. */
    static @Nullable ModelLimit indexed(List<ModelLimit> limits) {
        for (ModelLimit limit : limits) {
            if (limit.isBucket() && limit.countsTokens()) {
                return limit;
            }
        }
        return null;
    }

    @Nullable
    Owner unit(String id) {
        Owner owner = owners.get(id);
        return owner != null && owner.isUnit() ? owner : null;
    }

    @Nullable
    Owner key(String id) {
        return owners.get("key:" + id);
    }

    /** The one key of a unit whose account has just one. */
    @Nullable
    Owner onlyKey(Owner unit) {
        if (unit.implicit()) {
            return unit;
        }
        Owner key = key(unit.text("key"));
        return key == null || key.isUnit() ? null : key;
    }

    /** A unit that a key serves. */
    @Nullable
    Owner unitOf(Owner key) {
        if (key.isUnit()) {
            return key;
        }
        Owner whole = unit("account:" + key.account());
        return whole != null ? whole : unit("account:" + key.account() + "/1");
    }

    /** The units of an account, a class each. */
    List<Owner> classes(Owner unit) {
        List<Owner> units = new ArrayList<>(List.of(unit));
        for (int i = 1; i <= Math.max(1, unit.number("classes")) && !unit.implicit(); i++) {
            Owner other = unit("account:" + unit.account() + "/" + i);
            if (other != null && !other.id().equals(unit.id())) {
                units.add(other);
            }
        }
        return units;
    }

    Index index(String name) {
        return indexes.computeIfAbsent(name, n -> new Index());
    }

    Index index(String kind, String group) {
        return index(kind + (group.equals("1") ? "" : ":" + group));
    }

    Index keysOf(Owner unit, String kind) {
        return index("account:" + unit.account() + ":" + kind);
    }

    boolean hasKeysOf(String account) {
        return indexes.containsKey("account:" + account + ":ready");
    }

    void forgetKeysOf(String account) {
        List.of("ready", "parked").forEach(kind -> indexes.remove("account:" + account + ":" + kind));
    }

    void log(String subject, String what, String why, long untilMs) {
        log.add(line(subject, what, why, untilMs));
    }

    void log(String subject, String what, String why, long untilMs, String by) {
        log.add(line(subject, what, why, untilMs) + " by " + by);
    }

    private String line(String subject, String what, String why, long untilMs) {
        return String.join(
                " ", "at_ms", "" + nowMs(), "subject", subject, "what", what, "why", why, "until_ms", "" + untilMs);
    }

    /** Each Redis key without the pool's prefix, with its content. */
    Map<String, Map<String, String>> dump() {
        Map<String, Map<String, String>> dump = new TreeMap<>();
        if (!known()) {
            return dump;
        }
        dump.put("meta", meta.dump());
        dump.put("windows", windows.dump());
        dump.put("holders", holders.dump());
        dump.put("endpoints", endpoints.dump());
        dump.put("outages", outages.dump());
        dump.put("waiters", waiters.dump());
        dump.put("limits", limits.dump());
        dump.put("groups", groups.dump());
        if (shares.size() > 0) {
            dump.put("shares", shares.dump());
        }
        indexes.forEach((name, index) -> dump.put(name, index.dump()));
        Map<String, String> keys = new TreeMap<>(Map.of("-", ""));
        Map<String, String> units = new TreeMap<>(Map.of("-", ""));
        Map<String, String> budgets = new TreeMap<>(Map.of("-", ""));
        owners.forEach((name, owner) -> {
            dump.put(name, owner.fields().dump());
            if (owner.isUnit()) {
                units.put(owner.id(), "");
            }
            if (owner.isBudget()) {
                budgets.put(owner.id(), "");
            }
            if (name.startsWith("key:")) {
                keys.put(owner.keyId(), "");
            }
        });
        dump.put("keys", keys);
        dump.put("accounts", units);
        dump.put("budgets", budgets);
        Map<String, String> lines = new TreeMap<>();
        for (int i = 0; i < log.size(); i++) {
            lines.put(String.format("%05d", i), log.get(i));
        }
        dump.put("log", lines);
        return dump;
    }
}
