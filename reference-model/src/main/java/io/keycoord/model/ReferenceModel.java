package io.keycoord.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What the scripts in {@code lua/} do to one pool, in plain Java: the same arguments, the same replies, the same stored state.
 * It is written from their headers and looks at everything where they use an index of bounded work; the limits on their work
 * that show in replies (heads, walks, promotions, reaping) are modelled.
 *
 * <p>Not modelled: the ids of the log's entries, which are the server's, and the end of old ones; the eviction of the 257th
 * endpoint, which is random; refused arguments. Not safe for use by many threads.
 */
public final class ReferenceModel {
    private static final int SETTLE_WORDS = 14;
    private static final int ACQUIRE_WORDS = 18;

    private final ModelPool pool = new ModelPool();
    private final AcquireModel acquire;
    private final SettleModel settle;
    private final RegisterModel register;
    private final RecoverModel recover;
    private final OperateModel operate;
    private final ReviveModel revive;
    private final ExplainModel explain;
    private final InspectModel inspect;
    private final ReportModel report;
    private final PresenceModel presence;
    private final ModelLeases leases;
    private final ModelWaiting waiting;

    public ReferenceModel() {
        Gates gates = new Gates(pool);
        waiting = new ModelWaiting(pool);
        Placement placement = new Placement(pool, gates);
        ModelBreaker breaker = new ModelBreaker(pool);
        leases = new ModelLeases(pool, gates, placement, breaker);
        acquire = new AcquireModel(pool, gates, placement, breaker, leases);
        settle = new SettleModel(pool, placement, breaker, leases);
        operate = new OperateModel(pool, gates, placement, breaker, leases);
        revive = new ReviveModel(pool, gates, placement, breaker, leases);
        explain = new ExplainModel(pool, gates);
        inspect = new InspectModel(pool);
        report = new ReportModel(pool, placement, leases);
        presence = new PresenceModel(pool);
        register = new RegisterModel(pool, placement);
        recover = new RecoverModel(pool, placement);
    }

    /** Runs a script. Numbers in the reply are decimal texts. */
    public List<String> run(Verb verb, List<String> args) {
        pool.messages.clear();
        return play(verb, args);
    }

    private List<String> play(Verb verb, List<String> args) {
        boolean known = pool.known();
        if (!known) {
            if (verb != Verb.REGISTER || !args.get(1).equals("open")) {
                return List.of("NO_POOL");
            }
            pool.create();
        }
        pool.open(args.get(0));
        pool.held = Map.of();
        pool.keep = 0;
        if (verb == Verb.ACQUIRE || verb == Verb.RENEW) {
            pool.keepStep();
        }
        if (verb == Verb.ACQUIRE) {
            presence.look();
        }
        return switch (verb) {
            case BATCH, EXPLAIN, INSPECT -> throw new IllegalArgumentException(verb + " has a method of its own");
            case ACQUIRE -> acquire.run(args);
            case SETTLE -> settle.run(args);
            case RENEW -> renew(args);
            case HOLD -> hold(args);
            case OPERATE -> operate.run(args);
            case REVIVE -> revive.run(args);
            case SWITCH -> switchTo(args);
            case LEAVE -> leave(args);
            case PRESENT -> presence.run(args);
            case REPORT -> report.run(args);
            case REGISTER -> register.run(known, args);
        };
    }

    /** {@code lua/batch.lua}: each settle and then each acquire, as if it were called by itself at that instant. */
    public List<Object> batch(List<String> args) {
        pool.messages.clear();
        if (!pool.known()) {
            return List.of("NO_POOL");
        }
        List<Object> replies = new ArrayList<>(List.of("BATCH"));
        int settles = Integer.parseInt(args.get(1));
        int acquires = Integer.parseInt(args.get(2));
        int at = 3;
        for (int i = 0; i < settles + acquires; i++) {
            int words = i < settles ? SETTLE_WORDS : ACQUIRE_WORDS;
            List<String> own = new ArrayList<>(List.of(args.get(0)));
            own.addAll(args.subList(at, at + words));
            replies.add(play(i < settles ? Verb.SETTLE : Verb.ACQUIRE, own));
            at += words;
        }
        return replies;
    }

    /** {@code lua/explain.lua}: texts, and a list of texts for each row. */
    public List<Object> explain(List<String> args) {
        return pool.known() ? explain.run(looking(args)) : List.of("NO_POOL");
    }

    /** {@code lua/inspect.lua}: texts, and a list of texts for each entity or lease. */
    public List<Object> inspect(List<String> args) {
        return pool.known() ? inspect.run(looking(args)) : List.of("NO_POOL");
    }

    /** {@code lua/recover.lua}. */
    public List<String> recover(List<String> args) {
        if (!pool.known()) {
            return List.of("NO_POOL");
        }
        pool.messages.clear();
        return recover.run(looking(args));
    }

    private List<String> looking(List<String> args) {
        pool.open(args.get(0));
        pool.held = Map.of();
        pool.keep = 0;
        return args;
    }

    /** Whom the last {@link #run} has told to ask again, as {@code worker/room}, in that order. */
    public List<String> messages() {
        return List.copyOf(pool.messages);
    }

    /** {@code lua/leave.lua}. */
    private List<String> leave(List<String> args) {
        waiting.leave(args.get(1) + "/" + args.get(2));
        return List.of("LEFT", Long.toString(pool.now));
    }

    /** {@code lua/switch.lua}. */
    private List<String> switchTo(List<String> args) {
        String before = pool.switchedTo().isEmpty() ? "normal" : pool.switchedTo();
        String after = args.get(1);
        boolean changed = !before.equals(after);
        if (changed) {
            pool.nextSeq();
            if (after.equals("deny")) {
                pool.lose();
            }
            pool.touch();
            pool.meta.set("switch", after.equals("normal") ? "" : after);
            pool.log("pool", "SWITCH_" + after.toUpperCase(Locale.ROOT), args.get(3), 0, args.get(2));
        }
        List<String> reply = new ArrayList<>(pool.reply(changed ? "CHANGED" : "UNCHANGED"));
        reply.add(before);
        reply.add(after);
        return reply;
    }

    private List<String> renew(List<String> args) {
        long expiresMs = pool.nowMs() + Long.parseLong(args.get(1));
        List<String> reply = new ArrayList<>(pool.reply("RENEWED"));
        reply.add(Long.toString(expiresMs));
        reply.add(joined(args.get(2), id -> !extend(id, expiresMs)));
        reply.add(joined(args.get(3), leases::isLost));
        return reply;
    }

    /** {@code lua/hold.lua}. */
    private List<String> hold(List<String> args) {
        long expiresMs = pool.nowMs() + Long.parseLong(args.get(1));
        List<String> taken = new ArrayList<>();
        for (String text : args.subList(2, args.size())) {
            int blank = text.indexOf(' ');
            String id = text.substring(0, blank);
            if (leases.hold(id, text.substring(blank + 1), expiresMs)) {
                taken.add(id);
            }
        }
        if (!taken.isEmpty()) {
            pool.log("pool", "HELD_AGAIN", taken.size() + "_leases", 0);
        }
        List<String> reply = new ArrayList<>(pool.reply("HELD"));
        reply.add(Long.toString(expiresMs));
        reply.add(String.join(",", taken));
        return reply;
    }

    private static String joined(String ids, Predicate<String> chosen) {
        return Arrays.stream(ids.split(",", -1))
                .filter(id -> !id.isEmpty() && chosen.test(id))
                .collect(Collectors.joining(","));
    }

    /** Whether the lease is held. */
    private boolean extend(String id, long expiresMs) {
        long untilMs = pool.leases.score(id);
        if (untilMs < pool.nowMs()) {
            return false;
        }
        pool.leases.put(id, Math.max(untilMs, expiresMs));
        return true;
    }

    /** Each Redis key without the pool's prefix, with its content. */
    public Map<String, Map<String, String>> dump() {
        return pool.dump();
    }
}
