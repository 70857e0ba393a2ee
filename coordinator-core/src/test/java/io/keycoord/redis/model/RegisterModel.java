package io.keycoord.redis.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code lua/register.lua}, but for what changes or removes a pool that is in use. */
final class RegisterModel {
    private final ModelPool pool;
    private final Placement placement;

    RegisterModel(ModelPool pool, Placement placement) {
        this.pool = pool;
        this.placement = placement;
    }

    List<String> run(boolean known, List<String> args) {
        String step = args.get(1);
        String revision = args.get(2);
        List<String> lines = args.subList(4, args.size());
        switch (step) {
            case "open" -> {
                return open(known, revision, lines);
            }
            case "accounts" -> accounts(lines, args.get(3).equals("empty"));
            case "close" -> pool.meta.set("revision", revision);
            default -> throw new IllegalArgumentException("step is " + step + ", expected open, accounts or close");
        }
        pool.touch();
        return List.of("DONE", "" + pool.now);
    }

    private List<String> open(boolean known, String revision, List<String> lines) {
        boolean current = pool.meta.text("revision").equals(revision);
        List<String> reply = new ArrayList<>(List.of("OPENED", "" + pool.now, known ? "1" : "0", current ? "1" : "0"));
        for (String line : lines) {
            String[] words = line.split(" ", 3);
            if (words[0].equals("group")) {
                reply.add(group(line.substring("group ".length())));
            } else if (!current) {
                pool.meta.set(words[1], words[2]);
            }
        }
        if (!known) {
            pool.log("pool", "REGISTERED", "configuration", 0);
        }
        return reply;
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
        words.stream().filter(w -> w[0].equals("budget")).forEach(w -> budget(w, empty));
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

    private void budget(String[] words, boolean empty) {
        Owner budget = pool.owners.computeIfAbsent(words[1], Owner::budget);
        boolean fresh = !budget.fields().has("profile");
        if (fresh) {
            budget.fields().set("in_flight", 0);
        }
        budget.fields().set("max_in_flight", words[2]);
        budget.fields().set("profile", words[3]);
        budget.fields().set("models", words[4]);
        if (fresh && empty) {
            exhaust(budget);
        }
    }

    private Owner key(String[] words, boolean empty) {
        Owner key = pool.owners.computeIfAbsent("key:" + words[1], name -> Owner.key(words[1]));
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
        if (fresh && empty) {
            exhaust(key);
        }
        return key;
    }

    private Owner unit(String[] words, boolean empty) {
        Owner unit = pool.owners.computeIfAbsent(words[1], Owner::unit);
        Fields fields = unit.fields();
        boolean fresh = !fields.has("group");
        if (fresh) {
            start(fields);
            if (unit.implicit()) {
                startBreaker(fields);
            }
        }
        String[] names = {
            "account", "group", "max_in_flight", "classes", "keys", "weight", "key", "has_overall", "tenants", "models"
        };
        for (int i = 0; i < names.length; i++) {
            fields.set(names[i], words[i + 2]);
        }
        if (fresh && empty) {
            exhaust(unit);
        }
        return unit;
    }

    /** As if every limit had just been used up. */
    private void exhaust(Owner owner) {
        for (ModelLimit limit : pool.limits(owner)) {
            if (limit.isBucket()) {
                owner.fields().set(limit.name() + "_tat", Numbers.ceilDiv(pool.now, limit.unit()) + limit.tolerance());
            } else {
                pool.meter(owner, limit).charge(limit.limit(), pool.now, pool.now);
            }
        }
    }
}
