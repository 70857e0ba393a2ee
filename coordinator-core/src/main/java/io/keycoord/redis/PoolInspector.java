package io.keycoord.redis;

import io.keycoord.LeaseRequest;
import io.keycoord.SuspendedKey;
import io.keycoord.config.LimitConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Reads the state of pools for people: one read-only script, so each answer is of one instant. Holds no configuration
 * and no secret. Safe for use by many threads.
 */
public final class PoolInspector implements AutoCloseable {
    private static final int ENTITIES_PER_CALL = 200;
    private static final int MOST_LEASES = 10_000;

    private final ScriptRunner scripts;
    private final Keyspace keyspace;

    PoolInspector(ScriptRunner scripts, Keyspace keyspace) {
        this.scripts = scripts;
        this.keyspace = keyspace;
    }

    /**
     * An inspector of the namespace {@code keycoord}. Connects when it is first asked.
     *
     * @param url as for {@link RedisKeyCoordinatorBuilder#redis}
     */
    public static PoolInspector connect(String url) {
        return connect(url, Keyspace.STANDARD.namespace());
    }

    /** An inspector of another namespace. */
    public static PoolInspector connect(String url, String namespace) {
        return connect(url, namespace, Scripting.EVALSHA);
    }

    /** An inspector that calls the scripts in this way. */
    public static PoolInspector connect(String url, String namespace, Scripting scripting) {
        return new PoolInspector(JedisScriptRunner.open(url, "keycoord-inspector", scripting), new Keyspace(namespace));
    }

    /** An inspector of the namespace {@code keycoord} where there is no server. */
    public static PoolInspector on(ScriptHost host) {
        return new PoolInspector(new HostedScriptRunner(host), Keyspace.STANDARD);
    }

    /**
     * The ids of all pools, sorted.
     *
     * @throws io.keycoord.StoreUnavailableException if Redis does not answer; so does every method here
     */
    public List<String> pools() {
        Reply reply = scripts.run(Script.POOLS, keyspace.pools(), List.of(""));
        return texts(reply, 1).stream().sorted().toList();
    }

    /** A pool in figures; empty if Redis does not know it. */
    public Optional<PoolView> pool(String pool) {
        Reply reply = inspect(pool, "pool", List.of());
        if (reply.status().equals("NO_POOL")) {
            return Optional.empty();
        }
        Map<String, String> fields = fields(reply.fields(), 2);
        return Optional.of(new PoolView(
                pool,
                fields.getOrDefault("strategy", ""),
                fields.getOrDefault("revision_number", ""),
                switchedTo(fields.getOrDefault("switch", "")),
                number(fields, "accounts"),
                number(fields, "keys"),
                number(fields, "leases"),
                number(fields, "overdue"),
                number(fields, "waiting"),
                number(fields, "reaped"),
                number(fields, "seq")));
    }

    private static String switchedTo(String word) {
        return word.isEmpty() ? PoolSwitch.NORMAL.word() : word;
    }

    /** All keys of a pool, sorted by id; empty if Redis does not know the pool. */
    public List<KeyView> keys(String pool) {
        Reply members = inspect(pool, "members", List.of());
        return members.status().equals("NO_POOL") ? List.of() : views(pool, texts(members, 2));
    }

    /** As {@link io.keycoord.KeyRevival#suspended}. */
    List<SuspendedKey> suspended(String pool) {
        Reply members = inspect(pool, "members", List.of());
        if (members.status().equals("NO_POOL")) {
            return List.of();
        }
        long nowMs = members.number(1) / 1_000;
        return views(pool, texts(members, 2)).stream()
                .map(key ->
                        new SuspendedKey(key.id(), key.account(), key.state().equals("CLOSED"), causes(key, nowMs)))
                .filter(key -> !key.causes().isEmpty())
                .toList();
    }

    private static Set<String> causes(KeyView key, long nowMs) {
        Set<String> causes = new TreeSet<>();
        if (key.state().equals("DRAINING")) {
            return causes;
        }
        if (key.state().equals("OPEN") || key.state().equals("DISABLED")) {
            causes.add(key.why());
        }
        if (key.blockedUntilMs() > nowMs) {
            causes.add(key.blockedWhy());
        }
        causes.remove("");
        return causes;
    }

    /** All budgets of a pool, sorted by id; empty if it has none, or if Redis does not know the pool. */
    public List<BudgetView> budgets(String pool) {
        Reply members = inspect(pool, "members", List.of());
        if (members.status().equals("NO_POOL")) {
            return List.of();
        }
        List<String> ids =
                texts(members, 2).stream().filter(PoolInspector::isBudget).toList();
        List<BudgetView> views = new ArrayList<>();
        entities(pool, ids, ENTITIES_PER_CALL).forEach((id, fields) -> {
            String models = fields.getOrDefault("models", "*");
            views.add(new BudgetView(
                    id,
                    models,
                    number(fields, "in_flight"),
                    number(fields, "max_in_flight"),
                    KeyViews.limits(owner(id), models, fields)));
        });
        return views;
    }

    private static boolean isBudget(String id) {
        return !owner(id).equals("key") && (!owner(id).equals("account") || id.endsWith("/overall"));
    }

    private static String owner(String id) {
        return id.split(":", -1)[0];
    }

    /** One key of a pool. */
    public Optional<KeyView> key(String pool, String id) {
        return keys(pool).stream().filter(key -> key.id().equals(id)).findFirst();
    }

    /** The leases that are out, the first to expire first, at most 10,000. */
    public List<LeaseView> leases(String pool) {
        Reply reply = inspect(pool, "leases", List.of(Integer.toString(MOST_LEASES)));
        if (reply.status().equals("NO_POOL")) {
            return List.of();
        }
        List<LeaseView> leases = new ArrayList<>();
        for (int i = 2; i < reply.size(); i++) {
            List<?> row = (List<?>) reply.fields().get(i);
            LeaseRecord record = LeaseRecord.parse(String.valueOf(row.get(2)));
            leases.add(new LeaseView(
                    String.valueOf(row.get(0)),
                    record.key(),
                    record.account(),
                    record.worker(),
                    record.tokens(),
                    record.sinceMs(),
                    Long.parseLong(String.valueOf(row.get(1))),
                    record.probe()));
        }
        return leases;
    }

    /**
     * Why a request of this size gets which key, or none: all keys that can serve a model, the earliest first. A worker may
     * lack the secret of some; {@link RedisKeyCoordinator#explain} knows that.
     *
     * @param request its model, its tokens, its tenant and its priority matter; money is not known here
     * @return empty if Redis does not know the pool
     */
    public List<Candidate> explain(LeaseRequest request) {
        String pool = request.pool();
        String tenant = request.tenant().orElse(PoolPlan.NO_TENANT);
        Reply members = inspect(pool, "members", List.of());
        if (members.status().equals("NO_POOL")) {
            return List.of();
        }
        Explanation.Ask ask = new Explanation.Ask(
                request.model(), request.inputTokens(), request.outputTokens(), 0, request.priority());
        return Explanation.ask(scripts, keyspace.meta(pool), ask, new TreeSet<>(texts(members, 2)))
                .map(all -> all.forTenant(tenant).candidates(firstCovering(all, request.model())))
                .orElse(List.of());
    }

    /** Of an account's classes the first that covers a model serves it; their order is that of their ids. */
    private static Predicate<Explanation.Row> firstCovering(Explanation all, String model) {
        Map<String, String> serving = new HashMap<>();
        all.rows().stream()
                .filter(row ->
                        !row.isKey() || LimitConfig.of(row.candidate().models()).covers(model))
                .sorted(Comparator.comparing((Explanation.Row row) -> row.unit().length())
                        .thenComparing(Explanation.Row::unit))
                .forEach(row -> serving.putIfAbsent(row.candidate().account(), row.unit()));
        return row -> row.unit().equals(serving.get(row.candidate().account()));
    }

    private List<KeyView> views(String pool, Collection<String> members) {
        Map<String, Map<String, String>> entities = entities(pool, members, ENTITIES_PER_CALL);
        Map<String, List<Map<String, String>>> unitsByAccount = entities.values().stream()
                .filter(entity -> entity.containsKey("group"))
                .collect(Collectors.groupingBy(unit -> unit.getOrDefault("account", "")));
        List<KeyView> views = new ArrayList<>();
        entities.forEach((id, entity) -> {
            if (id.startsWith("key:")) {
                views.add(KeyViews.of(
                        id.substring(4),
                        entity,
                        unitsByAccount.getOrDefault(entity.getOrDefault("account", ""), List.of()),
                        entities.getOrDefault("account:" + entity.getOrDefault("account", "") + "/overall", Map.of())));
            }
        });
        return views;
    }

    private Map<String, Map<String, String>> entities(String pool, Collection<String> all, int most) {
        Map<String, Map<String, String>> entities = new TreeMap<>();
        List<String> ids = List.copyOf(new TreeSet<>(all));
        for (int i = 0; i < ids.size(); i += most) {
            entities.putAll(entities(pool, ids.subList(i, Math.min(i + most, ids.size()))));
        }
        return entities;
    }

    private Map<String, Map<String, String>> entities(String pool, List<String> ids) {
        Reply reply = inspect(pool, "entities", ids);
        Map<String, Map<String, String>> entities = new LinkedHashMap<>();
        for (int i = 2; i < reply.size(); i++) {
            List<?> row = (List<?>) reply.fields().get(i);
            if (row.size() > 1) {
                entities.put(String.valueOf(row.get(0)), fields(row, 1));
            }
        }
        return entities;
    }

    private Reply inspect(String pool, String what, List<String> more) {
        List<String> args = new ArrayList<>(List.of("", what));
        args.addAll(more);
        Reply reply = scripts.run(Script.INSPECT, keyspace.meta(pool), args);
        return switch (reply.status()) {
            case "POOL", "MEMBERS", "ENTITIES", "LEASES", "NO_POOL" -> reply;
            default -> throw reply.unexpected();
        };
    }

    private static List<String> texts(Reply reply, int from) {
        return reply.fields().subList(from, reply.size()).stream()
                .map(String::valueOf)
                .toList();
    }

    private static Map<String, String> fields(List<?> words, int from) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = from; i + 1 < words.size(); i += 2) {
            fields.put(String.valueOf(words.get(i)), String.valueOf(words.get(i + 1)));
        }
        return fields;
    }

    static long number(Map<String, String> fields, String name) {
        String text = fields.getOrDefault(name, "");
        return text.matches("-?\\d{1,18}") ? Long.parseLong(text) : 0;
    }

    @Override
    public void close() {
        scripts.close();
    }
}
