package io.keycoord.redis;

import io.keycoord.config.PoolConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The arguments that register a pool, and the scripts' texts, for tests in other packages. */
public final class PlannedPool {
    private final PoolPlan plan;
    private final String id;

    public PlannedPool(PoolConfig config) {
        plan = new PoolPlan(config);
        id = config.id();
    }

    public String meta() {
        return Keyspace.STANDARD.meta(id);
    }

    public String prefix() {
        return Keyspace.STANDARD.prefix(id);
    }

    public List<String> open(long now, String start) {
        return step(now, "open", start, plan.openLines());
    }

    /** Takes the reply to {@link #open}; the arguments of the other calls follow from it. */
    public List<List<String>> rest(List<String> opened, long now, String start) {
        plan.number(opened.subList(4, opened.size()).stream().map(Long::valueOf).toList());
        List<List<String>> calls = new ArrayList<>();
        plan.accountCalls(100).forEach(lines -> calls.add(step(now, "accounts", start, lines)));
        calls.add(step(now, "close", start, List.of()));
        return calls;
    }

    /** The same where others are registered: those that this pool does not have are removed. */
    public List<List<String>> inPlaceOf(Collection<String> members, List<String> opened, long now, String start) {
        List<List<String>> calls = new ArrayList<>(rest(opened, now, start));
        List<String> others =
                members.stream().filter(id -> !members().contains(id)).toList();
        if (!others.isEmpty()) {
            calls.add(calls.size() - 1, step(now, "remove", start, others));
        }
        return calls;
    }

    /** Of all units, keys and budgets. */
    public Set<String> members() {
        return plan.members();
    }

    private List<String> step(long now, String step, String start, List<String> lines) {
        List<String> args = new ArrayList<>(List.of("" + now, step, plan.revision(), start));
        args.addAll(lines);
        return args;
    }

    public String groupsFor(String model, String tenant) {
        return plan.route(model, tenant).groups();
    }

    /** The budgets that a call is charged to, joined by commas. */
    public String budgetsFor(String model, String tenant) {
        return plan.route(model, tenant).budgets();
    }

    /** As the indexes hold them. */
    public List<String> unitIds() {
        return plan.unitIds();
    }

    /** The units that a session prefers; empty for no session. */
    public String preferredBy(String session, String model, String tenant) {
        return session.isEmpty() ? "" : new Roster(plan.seats(model, tenant, key -> true)).preferred(session);
    }

    /** These keys, and those that are reserved for other tenants, joined by commas. */
    public String keysNotFor(String model, String tenant, String others) {
        return Stream.concat(
                        plan.route(model, tenant).keysOfOthers().stream(),
                        Arrays.stream(others.split(",", -1)).filter(id -> !id.isEmpty()))
                .collect(Collectors.joining(","));
    }

    public static String source(String file) {
        return ScriptSource.assemble(file);
    }

    /** All scripts as functions, as FUNCTION LOAD wants them. */
    public static String library() {
        return FunctionLibrary.current().text();
    }

    /** What FCALL calls for these arguments of a script. */
    public static String function(String file, List<String> args) {
        return FunctionLibrary.current().function(Script.valueOf(file.toUpperCase(Locale.ROOT)), args);
    }

    /** The script of other texts than those on the class path, which {@link #text} answers. */
    public static String source(String file, UnaryOperator<String> texts) {
        return ScriptSource.assemble(file, texts);
    }

    /** The text of {@code acquire} or of {@code lib/limit}, as it is in the repository. */
    public static String text(String file) {
        return ScriptSource.read(file);
    }

    public static String digest(String source) {
        return ScriptSource.digest(source);
    }
}
