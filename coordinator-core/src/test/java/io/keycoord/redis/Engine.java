package io.keycoord.redis;

import io.keycoord.Priority;
import io.keycoord.config.PoolConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import redis.clients.jedis.UnifiedJedis;

/** The scripts on a clock that only the test moves. */
final class Engine {
    static final long NOON = 1_795_348_800_000_000L;
    /** With {@code -Dkeycoord.functions=true} every test of scripts calls them as functions. */
    private static final Scripting USUAL =
            Boolean.getBoolean("keycoord.functions") ? Scripting.FUNCTIONS : Scripting.EVALSHA;

    private static final AtomicInteger IDS = new AtomicInteger();

    final UnifiedJedis jedis;
    final ScriptRunner scripts;
    final PoolPlan plan;
    final String prefix;
    private final String meta;
    private final PoolConfig config;
    long now = NOON;
    /** Of what opens, in permille of its rest. */
    long jitter = 1_000;

    /** The word that settlements give for why. */
    String why = "test";

    Engine(UnifiedJedis jedis, PoolConfig config) {
        this(jedis, config, USUAL);
    }

    Engine(UnifiedJedis jedis, PoolConfig config, Scripting scripting) {
        this.jedis = jedis;
        this.config = config;
        this.scripts = new JedisScriptRunner(jedis, false, RepeatingScriptRunner.FAILOVER_WAIT, scripting);
        this.plan = new PoolPlan(config);
        this.meta = Keyspace.STANDARD.meta(config.id());
        this.prefix = Keyspace.STANDARD.prefix(config.id());
        register("full");
    }

    void register(String start) {
        List<String> open = new ArrayList<>(List.of("" + now, "open", plan.revision(), start));
        open.addAll(plan.openLines());
        Reply opened = scripts.run(Script.REGISTER, meta, open);
        List<Long> numbers = new ArrayList<>();
        for (int i = 4; i < opened.size(); i++) {
            numbers.add(opened.number(i));
        }
        plan.number(numbers);
        for (List<String> lines : plan.accountCalls(100)) {
            List<String> args = new ArrayList<>(List.of("" + now, "accounts", plan.revision(), start));
            args.addAll(lines);
            scripts.run(Script.REGISTER, meta, args);
        }
        scripts.run(Script.REGISTER, meta, List.of("" + now, "close", plan.revision(), start));
    }

    /** An acquire with all of its arguments. */
    record Ask(
            long input,
            long output,
            long money,
            long maxWaitUs,
            String model,
            String tenant,
            String noKeys,
            String noAccounts,
            String prefer,
            String endpoint,
            String priority) {
        static Ask tokens(long tokens) {
            return new Ask(tokens, 0, 0, 0, "*", "", "", "", "", "", "normal");
        }

        Ask waiting(long micros) {
            return new Ask(input, output, money, micros, model, tenant, noKeys, noAccounts, prefer, endpoint, priority);
        }

        Ask withoutKeys(String keys) {
            return new Ask(
                    input, output, money, maxWaitUs, model, tenant, keys, noAccounts, prefer, endpoint, priority);
        }

        Ask withoutAccounts(String accounts) {
            return new Ask(
                    input, output, money, maxWaitUs, model, tenant, noKeys, accounts, prefer, endpoint, priority);
        }

        Ask model(String name) {
            return new Ask(
                    input, output, money, maxWaitUs, name, tenant, noKeys, noAccounts, prefer, endpoint, priority);
        }

        Ask answer(long tokens) {
            return new Ask(
                    input, tokens, money, maxWaitUs, model, tenant, noKeys, noAccounts, prefer, endpoint, priority);
        }

        Ask money(long microUsd) {
            return new Ask(
                    input, output, microUsd, maxWaitUs, model, tenant, noKeys, noAccounts, prefer, endpoint, priority);
        }

        Ask preferring(String units) {
            return new Ask(
                    input, output, money, maxWaitUs, model, tenant, noKeys, noAccounts, units, endpoint, priority);
        }

        Ask tenant(String id) {
            return new Ask(input, output, money, maxWaitUs, model, id, noKeys, noAccounts, prefer, endpoint, priority);
        }

        Ask as(Priority importance) {
            return new Ask(
                    input,
                    output,
                    money,
                    maxWaitUs,
                    model,
                    tenant,
                    noKeys,
                    noAccounts,
                    prefer,
                    endpoint,
                    Script.word(importance));
        }

        Ask calling(String model) {
            return new Ask(
                    input, output, money, maxWaitUs, this.model, tenant, noKeys, noAccounts, prefer, model, priority);
        }
    }

    /** The units that a session prefers, as an acquire names them. */
    String preferredBy(String session) {
        return new Roster(plan.seats("*", PoolPlan.NO_TENANT, key -> true)).preferred(session);
    }

    String nextId() {
        return "lease-" + IDS.incrementAndGet();
    }

    Answer acquire(long tokens) {
        return acquire(nextId(), Ask.tokens(tokens));
    }

    Answer acquire(String id, Ask ask) {
        return acquireSentAt(id, ask, "");
    }

    Answer acquire(Ask ask) {
        return acquire(nextId(), ask);
    }

    Answer acquireSentAt(String id, Ask ask, String sentUs) {
        return new Answer(id, scripts.run(Script.ACQUIRE, meta, atNow(words(id, ask, sentUs))));
    }

    private List<String> atNow(List<String> words) {
        List<String> args = new ArrayList<>(List.of("" + now));
        args.addAll(words);
        return args;
    }

    List<String> words(String id, Ask ask) {
        return words(id, ask, "");
    }

    private List<String> words(String id, Ask ask, String sentUs) {
        return words(id, ask, sentUs, new Turn("w1", "", "", ""));
    }

    /** Who asks; {@code ticket} and {@code room} as the script has them. */
    record Turn(String worker, String ticket, String room, String next) {}

    /** One that will wait if it is denied for an event. */
    Answer acquire(String worker, String room, Ask ask) {
        return acquire(new Turn(worker, "", room, ""), ask);
    }

    /** One that has waited since that instant. */
    Answer acquire(String worker, String room, long sinceUs, Ask ask) {
        return acquire(new Turn(worker, "" + sinceUs, room, ""), ask);
    }

    Answer acquire(Turn turn, Ask ask) {
        String id = nextId();
        return new Answer(id, scripts.run(Script.ACQUIRE, meta, atNow(words(id, ask, "", turn))));
    }

    Reply leave(String worker, String room) {
        return scripts.run(Script.LEAVE, meta, List.of("" + now, worker, room));
    }

    private List<String> words(String id, Ask ask, String sentUs, Turn turn) {
        Route route = plan.route(ask.model, ask.tenant);
        Set<String> noKeys = new TreeSet<>(route.keysOfOthers());
        noKeys.addAll(List.of(ask.noKeys.split(",", -1)));
        noKeys.remove("");
        return List.of(
                id,
                turn.worker,
                sentUs,
                "" + config.leaseTtl().toMillis(),
                "" + ask.input,
                "" + ask.output,
                "" + ask.money,
                "" + ask.maxWaitUs,
                route.groups(),
                String.join(",", noKeys),
                ask.noAccounts,
                route.budgets(),
                ask.prefer,
                ask.endpoint,
                turn.ticket,
                turn.room,
                turn.next,
                ask.priority);
    }

    /** A settlement with all of its arguments. */
    record How(
            String outcome,
            long used,
            long output,
            long money,
            String failure,
            String scope,
            long blockMs,
            String endpoint,
            String learnt,
            long latencyMs) {
        static How success(long tokens) {
            return success(tokens, 0, -1);
        }

        static How success(long input, long output, long money) {
            return new How("success", input, output, money, "error", "none", 0, "m", "", 100);
        }

        static How of(String outcome) {
            return new How(outcome, outcome.equals("unused") ? 0 : -1, 0, -1, "error", "none", 0, "m", "", 100);
        }

        How failure(String word) {
            return new How(outcome, used, output, money, word, scope, blockMs, endpoint, learnt, latencyMs);
        }

        How block(String what, long ms) {
            return new How(outcome, used, output, money, failure, what, ms, endpoint, learnt, latencyMs);
        }

        How on(String model) {
            return new How(outcome, used, output, money, failure, scope, blockMs, model, learnt, latencyMs);
        }

        How learnt(String items) {
            return new How(outcome, used, output, money, failure, scope, blockMs, endpoint, items, latencyMs);
        }

        How took(long millis) {
            return new How(outcome, used, output, money, failure, scope, blockMs, endpoint, learnt, millis);
        }
    }

    Reply settle(Answer lease, How how) {
        return settle(lease.id, lease.record(), how);
    }

    Reply settle(String id, String record, How how) {
        return scripts.run(Script.SETTLE, meta, atNow(words(id, record, how)));
    }

    List<String> words(String id, String record, How how) {
        return List.of(
                id,
                record,
                how.outcome,
                "" + how.used,
                "" + how.output,
                "" + how.money,
                how.failure,
                how.scope,
                "" + how.blockMs,
                why,
                how.endpoint,
                "" + how.latencyMs,
                "" + jitter,
                how.learnt);
    }

    /** The replies of settles and acquires of these words, in their order. */
    List<Reply> batch(List<List<String>> settles, List<List<String>> acquires) {
        List<String> args = atNow(List.of("" + settles.size(), "" + acquires.size()));
        settles.forEach(args::addAll);
        acquires.forEach(args::addAll);
        return scripts.run(Script.BATCH, meta, args).fields().stream()
                .skip(1)
                .map(reply -> new Reply(Script.BATCH, (List<?>) reply))
                .toList();
    }

    Reply renew(String... ids) {
        return scripts.run(
                Script.RENEW, meta, List.of("" + now, "" + config.leaseTtl().toMillis(), String.join(",", ids), ""));
    }

    /** The leases of these, which have not started, that can no longer be used. */
    String lost(String... waiting) {
        return scripts.run(
                        Script.RENEW,
                        meta,
                        List.of("" + now, "" + config.leaseTtl().toMillis(), "", String.join(",", waiting)))
                .text(6);
    }

    Reply operate(String action, String key, String by, String reason) {
        return scripts.run(Script.OPERATE, meta, List.of("" + now, action, key, by, reason));
    }

    Reply revive(String action, String key, String causes, long restMs, long longestMs) {
        return scripts.run(
                Script.REVIVE,
                meta,
                List.of("" + now, action, key, causes, "" + restMs, "" + longestMs, "check", "it is good"));
    }

    Reply report(String key, long blockMs, String models, String learnt) {
        return report(key, blockMs, "budget_spent", models, learnt);
    }

    Reply report(String key, long blockMs, String why, String models, String learnt) {
        return scripts.run(Script.REPORT, meta, List.of("" + now, key, "" + blockMs, why, models, learnt));
    }

    Reply switchTo(String word) {
        return scripts.run(Script.SWITCH, meta, List.of("" + now, word, "ops", "the provider asked us to"));
    }

    List<Candidate> explain(String model, long tokens) {
        return explain(model, tokens, Priority.NORMAL);
    }

    List<Candidate> explain(String model, long tokens, Priority priority) {
        Set<String> groups =
                Set.of(plan.route(model, PoolPlan.NO_TENANT).groups().split(",", -1));
        List<String> args = new ArrayList<>(List.of("" + now, "" + tokens, "0", "0", Script.word(priority)));
        args.addAll(List.of("switch", "endpoint:" + model));
        args.addAll(plan.members());
        List<Explanation.Row> rows = scripts.run(Script.EXPLAIN, meta, args).fields().stream()
                .skip(2)
                .map(row -> Explanation.Row.of((List<?>) row))
                .toList();
        return new Explanation(rows).candidates(row -> !row.isKey() || groups.contains(row.group()));
    }

    Map<String, String> hash(String id) {
        return jedis.hgetAll(prefix + id);
    }

    /** The last line of the log. */
    Map<String, String> logged() {
        return jedis.xrevrange(prefix + "log", "+", "-", 1).get(0).getFields();
    }

    /** Of one of the pool's indexes, in its order. */
    List<String> members(String index) {
        return jedis.zrange(prefix + index, 0, -1).stream()
                .filter(member -> !member.equals("-"))
                .toList();
    }

    void advanceMs(long ms) {
        now += ms * 1000;
    }

    record Answer(String id, Reply reply) {
        boolean granted() {
            return reply.status().equals("GRANTED");
        }

        String record() {
            return reply.text(6);
        }

        LeaseRecord lease() {
            return LeaseRecord.parse(record());
        }

        String key() {
            return lease().key();
        }

        long waitUs() {
            return reply.number(4);
        }

        String reason() {
            return reply.text(4);
        }

        /** Whether it is known to wait. */
        boolean waits() {
            return reply.size() > 6 && reply.number(6) == 1;
        }

        long hintUs() {
            return reply.number(5);
        }
    }
}
