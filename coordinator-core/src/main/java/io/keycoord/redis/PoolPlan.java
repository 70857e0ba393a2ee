package io.keycoord.redis;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.BreakerConfig;
import io.keycoord.config.HeadroomConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.PriceTable;
import io.keycoord.config.TenantConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A pool's configuration in the words of {@code lua/register.lua}: groups of units that share their limits, the units
 * and keys of each account, and the budgets that several units share.
 */
final class PoolPlan {
    /** The tenant of a request that names none. */
    static final String NO_TENANT = "";

    /** The budget of all calls of a pool. */
    private static final String POOL_BUDGET = "pool";

    /** An entity's id, the profile of its limits, and the line that registers it; the profile's number comes later. */
    private record Line(String id, String profile, String before, String after) {
        String text(Map<String, Long> numbers) {
            return before + (profile.isEmpty() ? "-" : numbers.get(profile)) + after;
        }
    }

    /** Whose units are searched together: those of the same patterns in the same order, for the same tenants. */
    private record Catalogue(List<String> patterns, Set<String> tenants) {
        boolean serves(String tenant) {
            return tenants.isEmpty() || tenants.contains(tenant);
        }
    }

    /** A key that is reserved within an account that others may use. */
    private record Apart(Set<String> ofAccount, KeyConfig key) {
        /** Whether a tenant that may use the account may not have the key. */
        boolean keepsOut(String tenant) {
            return (ofAccount.isEmpty() || ofAccount.contains(tenant))
                    && !key.tenants().contains(tenant);
        }
    }

    private final PoolConfig pool;
    private final boolean limitsMoney;
    private final Map<String, TenantConfig> tenants;
    private final List<Apart> reservedApart = new ArrayList<>();
    private final Set<String> budgetIds = new HashSet<>();
    private final Map<String, Long> profiles = new LinkedHashMap<>();

    /** The numbers of the groups where the units of a profile's class are, if not in its own. */
    private final Map<String, List<String>> elsewhere = new HashMap<>(); // guarded by this

    private final Map<Catalogue, List<Set<String>>> catalogues = new LinkedHashMap<>();
    private final List<Catalogue> catalogueOf = new ArrayList<>();
    private final List<List<Line>> units = new ArrayList<>();
    private final List<List<Line>> keys = new ArrayList<>();
    private final List<Line> budgets = new ArrayList<>();
    private final String revision;

    PoolPlan(PoolConfig pool) {
        this.pool = pool;
        this.limitsMoney = pool.limitsMoney();
        this.tenants = pool.tenants().stream().collect(Collectors.toMap(TenantConfig::id, tenant -> tenant));
        pool.accounts().forEach(this::add);
        pool.tenants().forEach(this::add);
        budget(POOL_BUDGET, LimitConfig.NONE, pool.overall());
        this.revision = ScriptSource.digest(openLines() + units.toString() + keys + budgets);
    }

    private void add(AccountConfig account) {
        account.keysReservedApart().forEach(key -> reservedApart.add(new Apart(account.tenants(), key)));
        List<LimitConfig> limits = account.limits().isEmpty() ? List.of(LimitConfig.NONE) : account.limits();
        Catalogue catalogue =
                new Catalogue(limits.stream().map(LimitConfig::models).toList(), account.reservedFor());
        List<Set<String>> positions = catalogues.computeIfAbsent(
                catalogue,
                c -> limits.stream()
                        .<Set<String>>map(l -> new LinkedHashSet<>())
                        .toList());
        boolean implicit = isImplicit(account, limits);
        boolean shared = limits.size() > 1 && !account.overall().isEmpty();
        List<Line> classes = new ArrayList<>();
        for (int i = 0; i < limits.size(); i++) {
            LimitConfig merged = limits.size() == 1 ? account.overall() : LimitConfig.NONE;
            String profile = profile(catalogue, i, LimitRow.of(limits.get(i), merged));
            positions.get(i).add(profile);
            String slots = slots(limits.get(i), merged);
            classes.add(unit(account, implicit, shared, i, limits, profile, slots));
        }
        catalogueOf.add(catalogue);
        units.add(classes);
        keys.add(
                implicit
                        ? List.of()
                        : account.keys().stream().map(key -> key(account, key)).toList());
        if (shared) {
            budget("account:" + account.id() + "/overall", LimitConfig.NONE, account.overall());
        }
    }

    private static boolean isImplicit(AccountConfig account, List<LimitConfig> limits) {
        return account.implicit()
                && limits.size() == 1
                && account.keys().get(0).overall().isEmpty();
    }

    private String profile(Catalogue catalogue, int position, String rows) {
        String patterns = String.join(" ", catalogue.patterns()).replace("|", "%7C");
        String whose = catalogue.tenants().isEmpty() ? "" : " for " + String.join(" ", catalogue.tenants());
        String profile = patterns + "@" + (position + 1) + whose + "|" + rows;
        profiles.put(profile, 0L);
        return profile;
    }

    private static Line unit(
            AccountConfig account,
            boolean implicit,
            boolean shared,
            int i,
            List<LimitConfig> limits,
            String profile,
            String slots) {
        String id = implicit
                ? "key:" + account.id()
                : "account:" + account.id() + (limits.size() == 1 ? "" : "/" + (i + 1));
        int weight = account.keys().stream().mapToInt(KeyConfig::weight).sum();
        String onlyKey = account.keys().size() == 1 ? account.keys().get(0).id() : "-";
        String after = String.join(
                " ",
                "",
                slots,
                Integer.toString(limits.size()),
                Integer.toString(account.keys().size()),
                Integer.toString(weight),
                onlyKey,
                shared ? "1" : "0",
                words(account.reservedFor()),
                limits.get(i).models());
        return new Line(id, profile, "unit " + id + " " + account.id() + " ", after);
    }

    private Line key(AccountConfig account, KeyConfig key) {
        String profile = ownProfile("key", LimitRow.of(key.overall()));
        String slots = slots(key.overall(), LimitConfig.NONE);
        String before = String.join(" ", "key", key.id(), account.id(), slots, Integer.toString(key.weight()), "");
        return new Line("key:" + key.id(), profile, before, " " + words(key.tenants()));
    }

    private static String words(Set<String> ids) {
        return ids.isEmpty() ? "-" : String.join(",", new TreeSet<>(ids));
    }

    private void add(TenantConfig tenant) {
        List<LimitConfig> limits = tenant.limits();
        String id = "tenant:" + tenant.id();
        if (limits.size() <= 1) {
            budget(id, limits.isEmpty() ? LimitConfig.NONE : limits.get(0), tenant.overall());
            return;
        }
        for (int i = 0; i < limits.size(); i++) {
            budget(id + "/" + (i + 1), limits.get(i), LimitConfig.NONE);
        }
        budget(id + "/overall", LimitConfig.NONE, tenant.overall());
    }

    private void budget(String id, LimitConfig limits, LimitConfig overall) {
        if (!limits.isEmpty() || !overall.isEmpty()) {
            String profile = ownProfile("budget", LimitRow.of(limits, overall));
            String before = "budget " + id + " " + slots(limits, overall) + " ";
            budgetIds.add(id);
            budgets.add(new Line(id, profile, before, " " + limits.models()));
        }
    }

    private String ownProfile(String kind, String rows) {
        String profile = rows.isEmpty() ? "" : kind + "|" + rows;
        if (!profile.isEmpty()) {
            profiles.put(profile, 0L);
        }
        return profile;
    }

    private static String slots(LimitConfig limits, LimitConfig overall) {
        return Integer.toString(Stream.of(limits, overall)
                .map(LimitConfig::concurrency)
                .flatMapToInt(OptionalInt::stream)
                .min()
                .orElse(0));
    }

    /** The arguments of the step {@code open} that describe the pool; its reply numbers the profiles in this order. */
    List<String> openLines() {
        List<String> lines = new ArrayList<>();
        lines.add("set strategy " + word(pool.strategy().name()));
        lines.add("set unhealthy " + word(pool.whenAllUnhealthy().name()));
        lines.add("set breaker " + breaker(pool.breaker()));
        lines.add("set headroom " + headroom(pool.headroom()));
        lines.add("set prices " + pool.prices().map(PriceTable::version).orElse("-"));
        lines.addAll(groupLines());
        return lines;
    }

    /** The arguments of the step {@code groups}. */
    List<String> groupLines() {
        return profiles.keySet().stream().map(profile -> "group " + profile).toList();
    }

    /**
     * Takes the reply to {@link #groupLines}: where the units are now.
     *
     * @return whether requests go elsewhere from now on
     */
    synchronized boolean find(List<String> groups) {
        Map<String, List<String>> found = new HashMap<>();
        int i = 0;
        for (String profile : profiles.keySet()) {
            String numbers = groups.get(i++);
            if (!numbers.isEmpty() && !numbers.equals(Long.toString(numberOf(profile)))) {
                found.put(profile, List.of(numbers.split(",", -1)));
            }
        }
        boolean changed = !found.equals(elsewhere);
        elsewhere.clear();
        elsewhere.putAll(found);
        return changed;
    }

    private static String word(String constant) {
        return constant.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String headroom(HeadroomConfig headroom) {
        return headroom.normal() + " " + headroom.batch() + " "
                + headroom.ageing().toMillis();
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

    /** Takes the numbers of the profiles from the reply to {@link #openLines}. */
    synchronized void number(List<Long> numbers) {
        elsewhere.clear();
        int i = 0;
        for (Map.Entry<String, Long> profile : profiles.entrySet()) {
            profile.setValue(numbers.get(i++));
        }
    }

    /** The lines of the step {@code accounts}, an account never divided, in calls of about {@code most} lines. */
    List<List<String>> accountCalls(int most) {
        List<List<String>> calls = new ArrayList<>();
        List<String> call = new ArrayList<>();
        for (Line budget : budgets) {
            call.add(budget.text(profiles));
            flush(calls, call, most);
        }
        for (int i = 0; i < units.size(); i++) {
            keys.get(i).forEach(key -> call.add(key.text(profiles)));
            units.get(i).forEach(unit -> call.add(unit.text(profiles)));
            flush(calls, call, most);
        }
        flush(calls, call, 1);
        return calls;
    }

    private static void flush(List<List<String>> calls, List<String> call, int most) {
        if (call.size() >= most) {
            calls.add(List.copyOf(call));
            call.clear();
        }
    }

    /** The ids of all units, of the keys that are not units themselves, and of all budgets. */
    Set<String> members() {
        Set<String> members = new LinkedHashSet<>();
        units.forEach(classes -> classes.forEach(unit -> members.add(unit.id())));
        keys.forEach(list -> list.forEach(key -> members.add(key.id())));
        budgets.forEach(budget -> members.add(budget.id()));
        return members;
    }

    /** The ids of all units. */
    List<String> unitIds() {
        return units.stream().flatMap(List::stream).map(Line::id).toList();
    }

    /** What a request for a model may be given, and what it is charged to, in the words of {@code lua/acquire.lua}. */
    synchronized Route route(String model, String tenant) {
        Optional<List<String>> charged = chargedTo(model, tenant);
        if (charged.isEmpty()) {
            return Route.NOWHERE;
        }
        String groups = catalogues.entrySet().stream()
                .filter(entry -> entry.getKey().serves(tenant))
                .flatMap(entry -> firstMatch(entry.getKey().patterns(), model)
                        .map(position -> entry.getValue().get(position).stream())
                        .orElse(Stream.empty()))
                .flatMap(group -> elsewhere.getOrDefault(group, List.of(Long.toString(numberOf(group)))).stream())
                .distinct()
                .collect(Collectors.joining(","));
        Optional<PriceTable.Price> price = pool.prices().flatMap(table -> table.of(model));
        boolean priceless = price.isEmpty() && limitsMoney;
        return new Route(groups, String.join(",", charged.get()), keysOfOthers(tenant), price, priceless);
    }

    /** Who can serve a model for a tenant, with those of their keys that are {@code usable}. */
    synchronized List<Roster.Seat> seats(String model, String tenant, Predicate<String> usable) {
        Map<Catalogue, Optional<Integer>> positions = new HashMap<>();
        List<Roster.Seat> seats = new ArrayList<>();
        for (int i = 0; i < units.size(); i++) {
            AccountConfig account = pool.accounts().get(i);
            List<Line> classes = units.get(i);
            Catalogue catalogue = catalogueOf.get(i);
            List<String> usableKeys = keysFor(account, tenant, usable);
            positions
                    .computeIfAbsent(catalogue, c -> firstMatch(c.patterns(), model))
                    .filter(position -> catalogue.serves(tenant) && !usableKeys.isEmpty())
                    .map(classes::get)
                    .ifPresent(unit ->
                            seats.add(new Roster.Seat(unit.id(), numberOf(unit.profile()), account.id(), usableKeys)));
        }
        return seats;
    }

    private static List<String> keysFor(AccountConfig account, String tenant, Predicate<String> usable) {
        return account.keys().stream()
                .filter(key -> key.tenants().isEmpty() || key.tenants().contains(tenant))
                .map(KeyConfig::id)
                .filter(usable)
                .toList();
    }

    private TenantConfig known(String tenant) {
        TenantConfig known = tenants.get(tenant);
        if (known == null) {
            throw new IllegalArgumentException(
                    "tenant is " + tenant + ", expected one of " + new TreeSet<>(tenants.keySet()));
        }
        return known;
    }

    /** The budgets that a request is charged to; empty if the tenant has limits of which none covers the model. */
    private Optional<List<String>> chargedTo(String model, String tenant) {
        List<String> ids = new ArrayList<>();
        if (!tenant.equals(NO_TENANT)) {
            List<LimitConfig> limits = known(tenant).limits();
            Optional<Integer> position =
                    firstMatch(limits.stream().map(LimitConfig::models).toList(), model);
            if (position.isEmpty() && !limits.isEmpty()) {
                return Optional.empty();
            }
            String id = "tenant:" + tenant;
            ids.add(limits.size() > 1 ? id + "/" + (position.orElse(0) + 1) : id);
            ids.add(id + "/overall");
        }
        ids.add(POOL_BUDGET);
        return Optional.of(ids.stream().filter(budgetIds::contains).toList());
    }

    /** Of accounts that only some keys of are reserved, those that this tenant may not have. */
    private Set<String> keysOfOthers(String tenant) {
        return reservedApart.stream()
                .filter(apart -> apart.keepsOut(tenant))
                .map(apart -> apart.key.id())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private long numberOf(String profile) {
        Long number = profiles.get(profile);
        if (number == null) {
            throw new IllegalStateException("profile " + profile + " has no number");
        }
        return number;
    }

    private static Optional<Integer> firstMatch(List<String> patterns, String model) {
        return IntStream.range(0, patterns.size())
                .filter(i -> LimitConfig.of(patterns.get(i)).covers(model))
                .boxed()
                .findFirst();
    }

    /** Decides between differing configurations; empty for none. */
    OptionalLong revisionNumber() {
        return pool.revision();
    }

    /** A digest of all that is registered: two workers with the same one need not register twice. */
    String revision() {
        return revision;
    }
}
