package io.keycoord.redis.model;

import io.keycoord.model.Cost;
import io.keycoord.model.Verb;
import io.keycoord.redis.model.OracleRun.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What one worker does with one pool: takes leases, ends them, and says things twice, late, and in another's name. */
final class HistoryPlay {
    private static final String[] FAILURES = {
        "rate_limited", "rate_limited", "key_failed", "provider_failed", "network_failed", "aborted"
    };
    private static final String[] SCOPES = {"none", "none", "key", "account_models", "account"};
    private static final String[] SCOPES_AND_MODELS = {"none", "none", "key", "account_models", "account", "endpoint"};
    private static final int MOST_REMEMBERED = 256;
    private static final int MOST_HELD = 8;

    /** A call yet to be made. */
    record Words(Verb verb, List<String> args) {}

    private record Held(String lease, String record, Cost cost) {}

    private final HistoryPool pool;
    private final int worker;
    private final int workers;
    private final SplittableRandom random;
    private final List<Held> held = new ArrayList<>();
    private final List<Words> remembered = new ArrayList<>();
    private final Deque<Words> due = new ArrayDeque<>();
    /** When who waits in a room of this worker began to. */
    private final Map<String, String> since = new HashMap<>();

    private int next;
    private long now;

    /** {@code workers}: how many there have been so far, any of whose leases this one may name. */
    HistoryPlay(HistoryPool pool, int worker, int workers, SplittableRandom random) {
        this.pool = pool;
        this.worker = worker;
        this.workers = workers;
        this.random = random;
    }

    /** The next call; never the same as before unless a repeat is meant. */
    Words next() {
        if (!due.isEmpty()) {
            return due.remove();
        }
        Words words = words();
        if (random.nextInt(16) == 0) {
            due.add(words);
        }
        if (remembered.size() == MOST_REMEMBERED) {
            remembered.set(random.nextInt(MOST_REMEMBERED), words);
        } else {
            remembered.add(words);
        }
        return words;
    }

    private Words words() {
        int dice = random.nextInt(100);
        if (held.size() >= MOST_HELD) {
            return settle();
        }
        if (dice < 8 && !remembered.isEmpty()) {
            return remembered.get(random.nextInt(remembered.size()));
        }
        if (dice < 14) {
            return acquire(random.nextInt(workers), Math.max(0, next - 20 + random.nextInt(30)));
        }
        if (dice < 17) {
            return cancelled();
        }
        if (dice < 21) {
            return pool.isLively() && random.nextBoolean() ? leave() : renew();
        }
        return dice < 60 && !held.isEmpty() ? settle() : acquire(worker, next++);
    }

    private Words acquire(int owner, int number) {
        String lease = HistoryPool.lease(owner, number);
        Step.Acquire ask = pool.ask(lease);
        String room = pool.isLively() && random.nextBoolean() ? "r" + random.nextInt(2) : "";
        return new Words(
                Verb.ACQUIRE,
                List.of(
                        "",
                        lease,
                        "w" + owner,
                        sent(),
                        "" + ask.ttlMs(),
                        "" + ask.cost().input(),
                        "" + ask.cost().output(),
                        "" + ask.cost().money(),
                        "" + ask.maxWaitUs(),
                        pool.planned.groupsFor(ask.model(), ask.tenant()),
                        pool.planned.keysNotFor(ask.model(), ask.tenant(), ask.noKeys()),
                        ask.noAccounts(),
                        pool.planned.budgetsFor(ask.model(), ask.tenant()),
                        pool.planned.preferredBy(ask.session().name(), ask.model(), ask.tenant()),
                        someModel(),
                        ticket(owner, room),
                        room,
                        room.isEmpty() || random.nextInt(3) > 0 ? "" : "" + now,
                        Play.word(ask.priority())));
    }

    private String someModel() {
        return pool.isLively() && random.nextInt(4) > 0 ? "m" + random.nextInt(2) : "";
    }

    /** Mostly that of the one that waits in the room; in another worker's name a recent one. */
    private String ticket(int owner, String room) {
        if (room.isEmpty() || random.nextInt(4) == 0) {
            return "";
        }
        long recent = Math.max(0, now - random.nextInt(200_000));
        return owner == worker ? since.getOrDefault(room, "") : "" + recent;
    }

    private Words leave() {
        return new Words(
                Verb.LEAVE,
                List.of("", "w" + (random.nextInt(4) > 0 ? worker : random.nextInt(workers)), "r" + random.nextInt(2)));
    }

    private String sent() {
        int dice = random.nextInt(50);
        if (dice < 30 || now == 0) {
            return "";
        }
        return Long.toString(dice < 47 ? now : now - 10_000_000 + random.nextInt(20_000));
    }

    /** Ends a lease that is known by its id alone, perhaps before it was asked for. */
    private Words cancelled() {
        return settle(new Held(
                HistoryPool.lease(random.nextInt(workers), Math.max(0, next - 20 + random.nextInt(30))),
                "",
                Cost.UNKNOWN));
    }

    private Words settle() {
        int position = random.nextInt(held.size());
        Held lease = held.get(position);
        if (random.nextInt(6) > 0) {
            held.remove(position);
        }
        return settle(lease);
    }

    private Words settle(Held lease) {
        boolean plain = pool.kind == Kind.PLAIN;
        boolean unused = !plain && random.nextInt(pool.kind == Kind.TIGHT ? 2 : 6) == 0;
        String outcome =
                unused ? "unused" : random.nextInt(12) > 0 ? "success" : FAILURES[random.nextInt(FAILURES.length)];
        boolean limited = outcome.equals("rate_limited");
        String[] scopes = pool.isLively() ? SCOPES_AND_MODELS : SCOPES;
        Cost used = used(lease.cost, plain);
        return new Words(
                Verb.SETTLE,
                List.of(
                        "",
                        lease.lease,
                        random.nextInt(16) == 0 ? "" : lease.record,
                        outcome,
                        "" + used.input(),
                        "" + used.output(),
                        "" + used.money(),
                        failure(),
                        limited ? scopes[random.nextInt(scopes.length)] : "none",
                        "" + (limited ? random.nextInt(300) : 0),
                        "why",
                        random.nextInt(10) == 0 ? "" : "m" + random.nextInt(2),
                        random.nextInt(8) == 0 ? "-1" : "" + random.nextInt(5_000),
                        "" + (800 + random.nextInt(401)),
                        pool.isLively() && random.nextInt(6) == 0 ? pool.report(random.nextInt()) : ""));
    }

    private Cost used(Cost reserved, boolean plain) {
        return reserved.equals(Cost.UNKNOWN) || random.nextInt(3) == 0
                ? Cost.UNKNOWN
                : new Cost(
                        used(reserved.input(), plain), used(reserved.output(), plain), used(reserved.money(), plain));
    }

    private long used(long reserved, boolean plain) {
        return plain ? reserved + random.nextInt(3) : random.nextLong(reserved + reserved / 4 + 2);
    }

    private String failure() {
        int dice = random.nextInt(400);
        return dice == 0 ? "dead" : dice < 40 ? "suspect" : "error";
    }

    private Words renew() {
        return new Words(Verb.RENEW, List.of("", "" + (1 + random.nextInt(3_000)), some(), some()));
    }

    private String some() {
        return Stream.generate(() -> random.nextInt(Math.max(1, held.size())))
                .limit(random.nextInt(4))
                .map(i -> i < held.size() ? held.get(i).lease : HistoryPool.lease(random.nextInt(workers), next))
                .distinct()
                .collect(Collectors.joining(","));
    }

    void heard(Words words, List<String> reply) {
        if (reply.size() > 1) {
            now = Long.parseLong(reply.get(1));
        }
        if (words.verb == Verb.ACQUIRE && words.args.get(2).equals("w" + worker)) {
            noteTurn(words.args.get(16), words.args.get(17), reply);
        }
        if (reply.get(0).equals("GRANTED")) {
            held.add(new Held(
                    words.args.get(1), reply.get(6), pool.ask(words.args.get(1)).cost()));
        }
    }

    /** Who was denied waits from then on; who was granted gives its place to the next, if there was one. */
    private void noteTurn(String room, String next, List<String> reply) {
        if (reply.get(0).equals("DENIED") && reply.get(6).equals("1")) {
            since.putIfAbsent(room, "" + now);
        } else if (reply.get(0).equals("GRANTED") && !next.isEmpty()) {
            since.put(room, next);
        } else {
            since.remove(room);
        }
    }
}
