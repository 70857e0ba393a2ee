package io.keycoord.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code lua/register.lua}. */
final class RegisterModel {
    private static final List<String> OF_UNITS =
            List.of("group", "classes", "keys", "key", "has_overall", "models", "pace", "wait_for", "wait_until_ms");

    private final ModelPool pool;
    private final Placement placement;
    private final ModelWaiting waiting;

    RegisterModel(ModelPool pool, Placement placement) {
        this.pool = pool;
        this.placement = placement;
        this.waiting = new ModelWaiting(pool);
    }

    /** {@code digest[:number][!]} */
    private record Revision(String digest, String number, boolean forced) {
        static Revision parse(String word) {
            boolean forced = word.endsWith("!");
            String rest = forced ? word.substring(0, word.length() - 1) : word;
            int colon = rest.indexOf(':');
            return colon < 0
                    ? new Revision(rest, "", forced)
                    : new Revision(rest.substring(0, colon), rest.substring(colon + 1), forced);
        }

        boolean isLowerThan(String held) {
            return !number.isEmpty() && !held.isEmpty() && Long.parseLong(number) < Long.parseLong(held);
        }
    }

    List<String> run(boolean known, List<String> args) {
        String step = args.get(1);
        Revision revision = Revision.parse(args.get(2));
        List<String> lines = args.subList(4, args.size());
        boolean current = pool.meta.text("revision").equals(revision.digest);
        boolean older = !current && !revision.forced && revision.isLowerThan(holds());
        if (step.equals("open")) {
            return open(known, revision, current, older, lines);
        }
        if (step.equals("groups")) {
            return groups(lines);
        }
        if (older) {
            return List.of("OLDER", "" + pool.now, "1", holds());
        }
        switch (step) {
            case "accounts" -> accounts(lines, args.get(3).equals("empty"));
            case "members" -> {
                return members();
            }
            case "remove" -> lines.forEach(this::remove);
            case "close" -> pool.meta.set("revision", revision.digest);
            default -> throw new IllegalArgumentException("step is " + step);
        }
        pool.touch();
        return List.of("DONE", "" + pool.now);
    }

    /** The number of the configuration that holds, empty if it has none. */
    private String holds() {
        return pool.meta.text("revision_number");
    }

    private List<String> open(boolean known, Revision revision, boolean current, boolean older, List<String> lines) {
        boolean registered = !pool.meta.text("revision").isEmpty();
        List<String> reply =
                new ArrayList<>(List.of(older ? "OLDER" : "OPENED", "" + pool.now, registered ? "1" : "0"));
        reply.add(older ? holds() : current ? "1" : "0");
        for (String line : lines) {
            String[] words = line.split(" ", 3);
            if (words[0].equals("group")) {
                reply.add(group(line.substring("group ".length())));
            } else if (!current && !older) {
                pool.meta.set(words[1], words[2]);
            }
        }
        if (older) {
            return reply;
        }
        claim(revision, current);
        if (!known) {
            pool.log("pool", "REGISTERED", "configuration", 0);
        }
        if (registered && !current) {
            String digest = revision.digest;
            pool.log("pool", "RECONFIGURED", digest.substring(0, Math.min(8, digest.length())), 0);
        }
        return reply;
    }

    private void claim(Revision revision, boolean current) {
        if (revision.number.isEmpty()) {
            if (!holds().isEmpty() && !current) {
                pool.meta.set("revision_number", "");
            }
        } else if (revision.forced || !revision.isLowerThan(holds())) {
            pool.meta.set("revision_number", revision.number);
        }
    }

    private List<String> groups(List<String> lines) {
        Map<String, List<String>> ofClass = new LinkedHashMap<>();
        pool.groups.dump().forEach((text, number) -> {
            if (text.contains("|")
                    && pool.index("ready", number).size()
                                    + pool.index("parked", number).size()
                            > 0) {
                ofClass.computeIfAbsent(classOf(text), name -> new ArrayList<>())
                        .add(number);
            }
        });
        List<String> reply = new ArrayList<>(List.of("GROUPS", "" + pool.now, pool.meta.text("revision")));
        for (String line : lines) {
            String text = line.substring("group ".length());
            List<String> numbers = ofClass.get(classOf(text));
            reply.add(numbers == null ? pool.groups.text(text) : String.join(",", numbers));
        }
        return reply;
    }

    private static String classOf(String text) {
        return text.substring(0, text.indexOf('|'));
    }

    private List<String> members() {
        List<String> reply = new ArrayList<>(List.of("MEMBERS", "" + pool.now));
        reply.addAll(pool.owners.keySet());
        return reply;
    }

    private void remove(String id) {
        Owner gone = pool.owners.remove(id);
        if (gone == null) {
            return;
        }
        leaveGroup(gone);
        String limits = limitsOf(gone);
        if (!limits.isEmpty()) {
            pool.limits(limits).forEach(limit -> pool.windows.remove(gone.name() + " " + limit.name()));
        }
        if (gone.isUnit() && pool.owners.values().stream().noneMatch(unit -> isBesides(unit, gone))) {
            pool.forgetKeysOf(gone.account());
        }
        if (id.startsWith("key:")) {
            pool.refused.remove(gone.keyId());
            leaveKeys(gone);
        }
    }

    private static boolean isBesides(Owner unit, Owner gone) {
        return unit.isUnit() && unit.account().equals(gone.account());
    }

    private void leaveGroup(Owner unit) {
        if (!unit.group().isEmpty()) {
            for (String kind : List.of("ready", "parked", "tokens")) {
                pool.index(kind, unit.group()).remove(unit.id());
            }
        }
    }

    /** What has been used of limits that are counted in another way from now on. */
    private void convert(Owner owner, boolean fresh, String from, String to) {
        if (!fresh && from.equals(to)) {
            return;
        }
        List<ModelLimit> old = from.isEmpty() ? List.of() : pool.limits(from);
        for (ModelLimit limit : to.isEmpty() ? List.<ModelLimit>of() : pool.limits(to)) {
            List<ModelLimit> before = old.stream()
                    .filter(other -> other.name().equals(limit.name()))
                    .toList();
            if (before.isEmpty()) {
                clear(owner, limit);
            } else if (!isCountedLike(before.get(0), limit)) {
                convert(owner, before.get(0), limit);
            }
        }
    }

    private static boolean isCountedLike(ModelLimit one, ModelLimit other) {
        return one.mode().equals(other.mode()) && one.period() == other.period() && one.unit() == other.unit();
    }

    private void convert(Owner owner, ModelLimit before, ModelLimit limit) {
        long full = before.isBucket() ? before.tolerance() * before.limit() / before.period() : before.limit();
        long used = full - Math.min(full, pool.meter(owner, before).left(pool.now));
        clear(owner, limit);
        used = Math.min(used, limit.limit());
        if (used > 0) {
            pool.meter(owner, limit).charge(used, pool.now, pool.now);
        }
    }

    private void clear(Owner owner, ModelLimit limit) {
        pool.meter(owner, limit).clear();
        RingMeter.forget(pool.windows, owner.name() + " " + limit.name());
    }

    private String group(String text) {
        if (!pool.groups.has(text)) {
            String number = Integer.toString(pool.groups.size());
            pool.groups.set(text, number);
            pool.limits.set(number, text.substring(text.lastIndexOf('|') + 1));
            List.of("ready", "parked", "tokens").forEach(kind -> pool.index(kind, number));
        }
        return pool.groups.text(text);
    }

    private void accounts(List<String> lines, boolean empty) {
        List<Owner> keys = new ArrayList<>();
        Map<String, Owner> units = new LinkedHashMap<>();
        List<String[]> words = lines.stream().map(RegisterModel::words).toList();
        waiting.begin();
        List<Owner> budgets = words.stream()
                .filter(w -> w[0].equals("budget"))
                .map(w -> budget(w, empty))
                .toList();
        words.stream().filter(w -> w[0].equals("key")).forEach(w -> keys.add(key(w, empty)));
        words.stream().filter(w -> w[0].equals("unit")).forEach(w -> units.put(w[1], unit(w, empty)));
        for (Owner key : keys) {
            for (Owner unit : units.values()) {
                if (unit.account().equals(key.account())) {
                    if (!unit.single()) {
                        pool.keysOf(unit, "ready");
                        pool.keysOf(unit, "parked");
                        placement.key(unit, key);
                    }
                    break;
                }
            }
        }
        units.values().forEach(placement::unit);
        waiting.released(null, null, budgets);
    }

    private static String[] words(String line) {
        return Arrays.stream(line.split(" ", -1))
                .map(word -> word.equals("-") ? "" : word)
                .toArray(String[]::new);
    }

    private static void start(Fields fields) {
        fields.set("in_flight", 0);
        fields.set("blocked_until_ms", 0);
        fields.set("index", "");
    }

    private void startBreaker(Fields fields) {
        fields.set("state", "CLOSED");
        fields.set("until_ms", 0);
        fields.set("gen", 1);
        fields.set("errors_in_window", 0);
        fields.set("why", "registered");
        fields.set("since_ms", pool.nowMs());
    }

    private Owner budget(String[] words, boolean empty) {
        Owner budget = pool.owners.computeIfAbsent(words[1], Owner::budget);
        boolean fresh = !budget.fields().has("profile");
        if (fresh) {
            budget.fields().set("in_flight", 0);
        }
        String before = budget.text("profile");
        budget.fields().set("max_in_flight", words[2]);
        budget.fields().set("profile", words[3]);
        budget.fields().set("models", words[4]);
        convert(budget, fresh, before, words[3]);
        if (fresh && empty) {
            pool.exhaust(budget, Long.MAX_VALUE);
        }
        return budget;
    }

    /** The key as one of an account, which it may not have been before. */
    private Owner moved(String id, String account) {
        Owner known = pool.owners.get("key:" + id);
        Owner key = known == null ? Owner.key(id) : new Owner("key:" + id, id, known.fields());
        if (known != null && known.isUnit()) {
            leaveGroup(known);
            OF_UNITS.forEach(known.fields()::remove);
            known.fields().set("index", "");
        } else if (known != null && !known.account().equals(account)) {
            leaveKeys(known);
            known.fields().set("index", "");
        }
        pool.owners.put(key.name(), key);
        return key;
    }

    /** The unit, which may have been a key of an account. */
    private Owner moved(String id) {
        Owner known = pool.owners.get(id);
        if (known == null || known.isUnit()) {
            return pool.owners.computeIfAbsent(id, Owner::unit);
        }
        leaveKeys(known);
        known.fields().remove("profile");
        known.fields().set("index", "");
        Owner unit = new Owner(id, id, known.fields());
        pool.owners.put(id, unit);
        return unit;
    }

    private void leaveKeys(Owner key) {
        if (pool.hasKeysOf(key.account())) {
            pool.keysOf(key, "ready").remove(key.keyId());
            pool.keysOf(key, "parked").remove(key.keyId());
        }
    }

    private static String limitsOf(@Nullable Owner owner) {
        return owner == null ? "" : owner.isUnit() ? owner.group() : owner.text("profile");
    }

    private Owner key(String[] words, boolean empty) {
        String before = limitsOf(pool.owners.get("key:" + words[1]));
        Owner key = moved(words[1], words[2]);
        boolean fresh = !key.fields().has("state");
        if (fresh) {
            start(key.fields());
            startBreaker(key.fields());
        }
        key.fields().set("account", words[2]);
        key.fields().set("max_in_flight", words[3]);
        key.fields().set("weight", words[4]);
        key.fields().set("profile", words[5]);
        key.fields().set("tenants", words[6]);
        convert(key, fresh, before, words[5]);
        if (fresh && empty) {
            pool.exhaust(key, Long.MAX_VALUE);
        }
        return key;
    }

    private Owner unit(String[] words, boolean empty) {
        String before = limitsOf(pool.owners.get(words[1]));
        Owner unit = moved(words[1]);
        Fields fields = unit.fields();
        boolean fresh = !fields.has("group") && !fields.has("state");
        if (fresh) {
            start(fields);
            if (unit.implicit()) {
                startBreaker(fields);
            }
        }
        if (!unit.group().isEmpty() && !before.equals(words[3])) {
            leaveGroup(unit);
            fields.set("index", "");
        } else if (!unit.group().isEmpty()) {
            pool.index("tokens", words[3]).remove(unit.id());
        }
        String[] names = {
            "account", "group", "max_in_flight", "classes", "keys", "weight", "key", "has_overall", "tenants", "models"
        };
        for (int i = 0; i < names.length; i++) {
            fields.set(names[i], words[i + 2]);
        }
        convert(unit, fresh, before, words[3]);
        if (fresh && empty) {
            pool.exhaust(unit, Long.MAX_VALUE);
        }
        return unit;
    }
}
