package io.keycoord.redis;

import io.keycoord.CoordinatorException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a pool known to Redis, in calls that each take about a millisecond. Repeating it changes nothing. */
final class PoolRegistration {
    private static final Logger log = LoggerFactory.getLogger(PoolRegistration.class);
    private static final int LINES_PER_CALL = 100;

    /** How much the limits of accounts hold that Redis does not know yet. */
    enum Start {
        /** All of it: the pool is registered for the first time. */
        FULL,
        /** Nothing: this worker has seen the pool before, so its state was lost. */
        EMPTY
    }

    private final ScriptRunner scripts;
    private final Keyspace keyspace;
    private final String pool;

    PoolRegistration(ScriptRunner scripts, Keyspace keyspace, String pool) {
        this.scripts = scripts;
        this.keyspace = keyspace;
        this.pool = pool;
    }

    /**
     * Registers the plan, unless Redis has the same one already, and numbers its groups.
     *
     * @return what it was to Redis
     * @throws CoordinatorException if Redis does not answer; a repeat goes on where this one stopped
     */
    Registered register(PoolPlan plan, Start start) {
        Reply opened = step("open", plan, start, plan.openLines());
        plan.number(numbers(opened));
        boolean known = opened.number(2) == 1;
        if (opened.number(3) == 1) {
            return Registered.AS_BEFORE;
        }
        plan.accountCalls(LINES_PER_CALL).forEach(lines -> step("accounts", plan, start, lines));
        if (known) {
            log.warn("pool {} was registered with another configuration, which this one replaces", pool);
            removeOthers(plan, start);
        }
        step("close", plan, start, List.of());
        scripts.run(Script.POOLS, keyspace.pools(), List.of(pool));
        log.info(
                "pool {} registered, {} accounts and keys", pool, plan.members().size());
        return known ? Registered.IN_PLACE_OF_ANOTHER : Registered.NEW;
    }

    private static List<Long> numbers(Reply opened) {
        List<Long> numbers = new ArrayList<>();
        for (int i = 4; i < opened.size(); i++) {
            numbers.add(opened.number(i));
        }
        return numbers;
    }

    private void removeOthers(PoolPlan plan, Start start) {
        Reply members = step("members", plan, start, List.of());
        Set<String> others = new LinkedHashSet<>();
        for (int i = 2; i < members.size(); i++) {
            others.add(members.text(i));
        }
        others.removeAll(plan.members());
        List<String> ids = List.copyOf(others);
        for (int i = 0; i < ids.size(); i += LINES_PER_CALL) {
            step("remove", plan, start, ids.subList(i, Math.min(i + LINES_PER_CALL, ids.size())));
        }
    }

    private Reply step(String step, PoolPlan plan, Start start, List<String> lines) {
        List<String> args = new ArrayList<>(List.of("", step, plan.revision(), start == Start.FULL ? "full" : "empty"));
        args.addAll(lines);
        Reply reply = scripts.run(Script.REGISTER, keyspace.meta(pool), args);
        return switch (reply.status()) {
            case "OPENED", "DONE", "MEMBERS" -> reply;
            default -> throw reply.unexpected();
        };
    }
}
