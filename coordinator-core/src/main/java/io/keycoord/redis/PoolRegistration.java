package io.keycoord.redis;

import io.keycoord.CoordinatorException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
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

    /** Which of two configurations holds, if both have a revision. */
    enum Precedence {
        /** The one with the higher number. */
        HIGHER_REVISION,
        /** This one. */
        THIS_ONE
    }

    /** As {@link #register(PoolPlan, Start, Precedence)} if its revision is not lower than the one that Redis has. */
    Registered register(PoolPlan plan, Start start) {
        return register(plan, start, Precedence.HIGHER_REVISION);
    }

    /**
     * Registers the plan, unless Redis has the same one already or one with a higher revision, and numbers its groups.
     *
     * @return what it was to Redis
     * @throws CoordinatorException if Redis does not answer; a repeat goes on where this one stopped
     */
    Registered register(PoolPlan plan, Start start, Precedence precedence) {
        Steps steps = new Steps(plan, start, precedence);
        Reply opened = steps.take("open", plan.openLines());
        plan.number(numbers(opened));
        boolean known = opened.number(2) == 1;
        if (!isOlder(opened) && opened.number(3) == 1) {
            return Registered.AS_BEFORE;
        }
        Reply last = isOlder(opened) ? opened : write(plan, steps, known);
        if (isOlder(last)) {
            log.warn(
                    "pool {}: revision {} of its configuration is here and revision {} in Redis, which stays; keys that"
                            + " only one of them has are left to others",
                    pool,
                    plan.revisionNumber().orElse(0),
                    last.number(3));
            return Registered.OLDER;
        }
        scripts.run(Script.POOLS, keyspace.pools(), List.of(pool));
        log.info(
                "pool {} registered, {} accounts and keys", pool, plan.members().size());
        return known ? Registered.IN_PLACE_OF_ANOTHER : Registered.NEW;
    }

    /** Takes the steps after the first until one is refused, and returns the last reply. */
    private Reply write(PoolPlan plan, Steps steps, boolean known) {
        for (List<String> lines : plan.accountCalls(LINES_PER_CALL)) {
            Reply reply = steps.take("accounts", lines);
            if (isOlder(reply)) {
                return reply;
            }
        }
        if (known) {
            log.warn("pool {} was registered with another configuration, which this one replaces", pool);
            Reply reply = removeOthers(plan, steps);
            if (isOlder(reply)) {
                return reply;
            }
        }
        return steps.take("close", List.of());
    }

    private static boolean isOlder(Reply reply) {
        return reply.status().equals("OLDER");
    }

    /**
     * Where the units of a plan's classes are now.
     *
     * @param revision digest of the configuration that holds
     * @param numbers for each line asked for, numbers joined by commas
     */
    record Groups(String revision, List<String> numbers) {}

    /** The revision that holds; empty if Redis does not know the pool. */
    Optional<String> holding(PoolPlan plan) {
        return groups(plan, List.of()).map(Groups::revision);
    }

    /** The groups of the plan; empty if Redis does not know the pool. */
    Optional<Groups> groups(PoolPlan plan) {
        return groups(plan, plan.groupLines());
    }

    private Optional<Groups> groups(PoolPlan plan, List<String> lines) {
        List<String> args = new ArrayList<>(List.of("", "groups", plan.revision(), "full"));
        args.addAll(lines);
        Reply reply = scripts.run(Script.REGISTER, keyspace.meta(pool), args);
        return switch (reply.status()) {
            case "GROUPS" -> Optional.of(new Groups(reply.text(2), texts(reply)));
            case "NO_POOL" -> Optional.empty();
            default -> throw reply.unexpected();
        };
    }

    private static List<String> texts(Reply reply) {
        return IntStream.range(3, reply.size()).mapToObj(reply::text).toList();
    }

    private static List<Long> numbers(Reply opened) {
        List<Long> numbers = new ArrayList<>();
        for (int i = 4; i < opened.size(); i++) {
            numbers.add(opened.number(i));
        }
        return numbers;
    }

    private static Reply removeOthers(PoolPlan plan, Steps steps) {
        Reply last = steps.take("members", List.of());
        if (isOlder(last)) {
            return last;
        }
        Set<String> others = new LinkedHashSet<>();
        for (int i = 2; i < last.size(); i++) {
            others.add(last.text(i));
        }
        others.removeAll(plan.members());
        List<String> ids = List.copyOf(others);
        for (int i = 0; i < ids.size() && !isOlder(last); i += LINES_PER_CALL) {
            last = steps.take("remove", ids.subList(i, Math.min(i + LINES_PER_CALL, ids.size())));
        }
        return last;
    }

    /** The calls of one registration. */
    private final class Steps {
        private final String revision;
        private final Start start;

        Steps(PoolPlan plan, Start start, Precedence precedence) {
            String number = plan.revisionNumber().isPresent()
                    ? ":" + plan.revisionNumber().getAsLong()
                    : "";
            this.revision = plan.revision() + number + (precedence == Precedence.THIS_ONE ? "!" : "");
            this.start = start;
        }

        Reply take(String step, List<String> lines) {
            List<String> args = new ArrayList<>(List.of("", step, revision, start == Start.FULL ? "full" : "empty"));
            args.addAll(lines);
            Reply reply = scripts.run(Script.REGISTER, keyspace.meta(pool), args);
            return switch (reply.status()) {
                case "OPENED", "OLDER", "DONE", "MEMBERS" -> reply;
                default -> throw reply.unexpected();
            };
        }
    }
}
