package io.keycoord.redis;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.BreakerConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A pool's configuration in the words of {@code lua/register.lua}: groups of units that share their limits, and the
 * units and keys of each account.
 */
final class PoolPlan {

    /** A unit's id, what it belongs to, and the line that registers it; the group's number is filled in later. */
    private record Unit(String id, String group, String before, String after) {
        String line(Map<String, Long> numbers) {
            return before + numbers.get(group) + after;
        }
    }

    /** The patterns of an account in order; accounts with the same ones are searched together. */
    private record Catalogue(List<String> patterns) {}

    private final PoolConfig pool;
    private final Map<String, Long> groups = new LinkedHashMap<>();
    private final Map<Catalogue, List<Set<String>>> catalogues = new LinkedHashMap<>();
    private final List<List<Unit>> accounts = new ArrayList<>();
    private final List<List<Unit>> keys = new ArrayList<>();

    PoolPlan(PoolConfig pool) {
        this.pool = pool;
        pool.accounts().forEach(this::add);
    }

    private void add(AccountConfig account) {
        List<LimitConfig> limits = account.limits().isEmpty() ? List.of(LimitConfig.NONE) : account.limits();
        Catalogue catalogue =
                new Catalogue(limits.stream().map(LimitConfig::models).toList());
        List<Set<String>> positions = catalogues.computeIfAbsent(
                catalogue,
                c -> limits.stream()
                        .<Set<String>>map(l -> new LinkedHashSet<>())
                        .toList());
        boolean implicit = isImplicit(account, limits);
        List<Unit> units = new ArrayList<>();
        for (int i = 0; i < limits.size(); i++) {
            String group = groupText(catalogue, i, limits.get(i));
            groups.put(group, 0L);
            positions.get(i).add(group);
            units.add(unit(account, implicit, limits, i, group));
        }
        accounts.add(units);
        keys.add(
                implicit
                        ? List.of()
                        : account.keys().stream().map(key -> key(account, key)).toList());
    }

    private static boolean isImplicit(AccountConfig account, List<LimitConfig> limits) {
        return account.implicit()
                && limits.size() == 1
                && account.keys().get(0).overall().equals(LimitConfig.NONE);
    }

    private static String groupText(Catalogue catalogue, int position, LimitConfig limits) {
        String patterns = String.join(" ", catalogue.patterns()).replace("|", "%7C");
        return patterns + "@" + (position + 1) + "|" + LimitRow.of(limits);
    }

    private static Unit unit(AccountConfig account, boolean implicit, List<LimitConfig> limits, int i, String group) {
        String id = implicit
                ? "key:" + account.id()
                : "account:" + account.id() + (limits.size() == 1 ? "" : "/" + (i + 1));
        int weight = account.keys().stream().mapToInt(KeyConfig::weight).sum();
        String onlyKey = account.keys().size() == 1 ? account.keys().get(0).id() : "-";
        String after = String.join(
                " ",
                "",
                slots(limits.get(i)),
                Integer.toString(limits.size()),
                Integer.toString(account.keys().size()),
                Integer.toString(weight),
                onlyKey,
                limits.get(i).models());
        return new Unit(id, group, "unit " + id + " " + account.id() + " ", after);
    }

    private Unit key(AccountConfig account, KeyConfig key) {
        String rows = LimitRow.of(key.overall());
        String group = rows.isEmpty() ? "" : "key|" + rows;
        if (!group.isEmpty()) {
            groups.put(group, 0L);
        }
        String before = String.join(
                " ", "key", key.id(), account.id(), slots(key.overall()), Integer.toString(key.weight()), "");
        return new Unit("key:" + key.id(), group, before, "");
    }

    private static String slots(LimitConfig limits) {
        return Integer.toString(limits.concurrency().orElse(0));
    }

    /** The arguments of the step {@code open} that describe the pool; its reply numbers the groups in this order. */
    List<String> openLines() {
        List<String> lines = new ArrayList<>();
        lines.add("set strategy " + word(pool.strategy().name()));
        lines.add("set unhealthy " + word(pool.whenAllUnhealthy().name()));
        lines.add("set breaker " + breaker(pool.breaker()));
        groups.keySet().forEach(group -> lines.add("group " + group));
        return lines;
    }

    private static String word(String constant) {
        return constant.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String breaker(BreakerConfig breaker) {
        return String.join(
                " ",
                Integer.toString(breaker.errors()),
                Long.toString(breaker.window().toMillis()),
                Long.toString(breaker.coolDown().toMillis()),
                Long.toString(breaker.maxCoolDown().toMillis()),
                Integer.toString(breaker.minCalls()),
                Long.toString(Math.round(breaker.errorRate().orElse(0) * 1000)),
                Integer.toString(breaker.consecutive().orElse(0)));
    }

    /** Takes the numbers of the groups from the reply to {@link #openLines}. */
    void number(List<Long> numbers) {
        int i = 0;
        for (Map.Entry<String, Long> group : groups.entrySet()) {
            group.setValue(numbers.get(i++));
        }
    }

    /** The lines of the step {@code accounts}, an account never divided, in calls of about {@code most} lines. */
    List<List<String>> accountCalls(int most) {
        List<List<String>> calls = new ArrayList<>();
        List<String> call = new ArrayList<>();
        for (int i = 0; i < accounts.size(); i++) {
            keys.get(i).forEach(key -> call.add(key.group().isEmpty() ? key.before() + "-" : key.line(groups)));
            accounts.get(i).forEach(unit -> call.add(unit.line(groups)));
            if (call.size() >= most || i == accounts.size() - 1) {
                calls.add(List.copyOf(call));
                call.clear();
            }
        }
        return calls;
    }

    /** The ids of all units and of the keys that are not units themselves. */
    Set<String> members() {
        Set<String> members = new LinkedHashSet<>();
        accounts.forEach(units -> units.forEach(unit -> members.add(unit.id())));
        keys.forEach(list -> list.forEach(key -> members.add(key.id())));
        return members;
    }

    /** The numbers of the groups whose units can serve a model, joined by commas; empty if there is none. */
    String groupsFor(String model) {
        return catalogues.entrySet().stream()
                .flatMap(entry -> firstMatch(entry.getKey().patterns(), model)
                        .map(position -> entry.getValue().get(position).stream())
                        .orElse(Stream.empty()))
                .map(group -> Long.toString(numberOf(group)))
                .collect(Collectors.joining(","));
    }

    private long numberOf(String group) {
        Long number = groups.get(group);
        if (number == null) {
            throw new IllegalStateException("group " + group + " has no number");
        }
        return number;
    }

    private static Optional<Integer> firstMatch(List<String> patterns, String model) {
        for (int i = 0; i < patterns.size(); i++) {
            if (LimitConfig.of(patterns.get(i)).covers(model)) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }

    /** A digest of all that is registered: two workers with the same one need not register twice. */
    String revision() {
        String text = openLines() + accounts.toString() + keys;
        return ScriptSource.digest(text);
    }
}
