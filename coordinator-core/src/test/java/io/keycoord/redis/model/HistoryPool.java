package io.keycoord.redis.model;

import io.keycoord.Dimension;
import io.keycoord.Priority;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.BreakerConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.redis.PlannedPool;
import io.keycoord.redis.model.OracleRun.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * A pool that many workers play on, and all that they may ask of it. Every JVM makes the same of the same words, so that
 * each of them knows the requests of all others.
 */
final class HistoryPool {
    private static final Priority[] PRIORITIES = Priority.values();
    private static final int ASKS = 512;
    private static final int REPORTS = 32;
    private static final long MINUTE_MS = 60_000;
    private static final long[] TTLS_MS = {1, 20, 200, 2_000, 30_000, 30_000};

    final String id;
    final Kind kind;
    final PoolConfig config;
    final PlannedPool planned;
    private final long seed;
    private final List<Step.Acquire> asks = new ArrayList<>();
    private final List<String> reports = new ArrayList<>();

    HistoryPool(String id, Kind kind, long seed) {
        this.id = id;
        this.kind = kind;
        this.seed = seed;
        SplittableRandom random = new SplittableRandom(seed);
        PoolGenerator pools = new PoolGenerator(random, id, kind == Kind.PLAIN);
        this.config = quick(kind == Kind.TIGHT ? pools.tight() : pools.pool(), random);
        this.planned = new PlannedPool(config);
        for (int i = 0; i < ASKS; i++) {
            Step.Acquire ask = ask(pools, random);
            if (!planned.groupsFor(ask.model(), ask.tenant()).isEmpty()) {
                asks.add(ask);
            }
        }
        for (int i = 0; i < REPORTS; i++) {
            reports.add(random.nextInt(4) == 0 ? "slower" : pools.someReport());
        }
    }

    /** Whether callers wait for slots, models are named, and answers tell what the provider has left. */
    boolean isLively() {
        return kind == Kind.FREE;
    }

    /** One of all that may be asked of it. */
    Step.Acquire anAsk(SplittableRandom of) {
        return asks.get(of.nextInt(asks.size()));
    }

    /** What an answer may tell of a limit. */
    String report(int number) {
        return reports.get(Math.floorMod(number, REPORTS));
    }

    /** Whether it can serve anything; keys and accounts may be reserved for tenants that never ask. */
    boolean isOfUse() {
        return !asks.isEmpty();
    }

    private static Step.Acquire ask(PoolGenerator pools, SplittableRandom random) {
        return new Step.Acquire(
                0,
                pools.someCost(),
                random.nextInt(3) > 0 ? 0 : random.nextLong(2_000_000),
                pools.someModel(),
                pools.someTenant(),
                random.nextInt(8) == 0 ? pools.someKeys() : "",
                random.nextInt(8) == 0 ? pools.someAccounts() : "",
                -1,
                TTLS_MS[random.nextInt(TTLS_MS.length)],
                random.nextInt(8) > 0 ? Step.Session.NONE : new Step.Session("s" + random.nextInt(4), ""),
                "",
                Step.Turn.NONE,
                PRIORITIES[random.nextInt(PRIORITIES.length)]);
    }

    private Step.Acquire ask(int worker, int number) {
        return asks.get(Math.floorMod(worker * 31 + number * 7, asks.size()));
    }

    /** The id of the lease that a worker's n-th request asks for. */
    static String lease(int worker, int number) {
        return "w" + worker + "-" + number;
    }

    Step.Acquire ask(String lease) {
        String[] words = lease.substring(1).split("-", -1);
        return ask(Integer.parseInt(words[0]), Integer.parseInt(words[1]));
    }

    /** The pool's words on a worker's order. */
    String order() {
        return id + ":" + kind + ":" + seed;
    }

    static HistoryPool unregistered(String order) {
        String[] words = order.split(":", -1);
        return new HistoryPool(words[0], Kind.valueOf(words[1]), Long.parseLong(words[2]));
    }

    /** A pool that is registered already, for the first time: the groups of its limits are numbered in their order. */
    static HistoryPool parse(String order) {
        HistoryPool pool = unregistered(order);
        List<String> opened = new ArrayList<>(List.of("OPENED", "0", "0", "0"));
        pool.planned.open(0, "full").stream()
                .filter(line -> line.startsWith("group "))
                .forEach(line -> opened.add("" + (opened.size() - 3)));
        pool.planned.rest(opened, 0, "full");
        return pool;
    }

    /** Real time passes in seconds: windows of minutes become short ones, keys rest for less than half a second. */
    private static PoolConfig quick(PoolConfig pool, SplittableRandom random) {
        UnaryOperator<RateLimit> quick = limit -> quick(limit, 200 + random.nextLong(3_000), 3 + random.nextInt(30));
        List<AccountConfig> accounts =
                pool.accounts().stream().map(account -> account(account, quick)).toList();
        Duration rest = Duration.ofMillis(100 + random.nextInt(400));
        BreakerConfig breaker = pool.breaker().withCoolDown(rest, rest.multipliedBy(4));
        return pool.withAccounts(accounts).withBreaker(breaker);
    }

    private static AccountConfig account(AccountConfig account, UnaryOperator<RateLimit> change) {
        return new AccountConfig(
                account.id(),
                account.implicit(),
                account.limits().stream().map(limits -> each(limits, change)).toList(),
                each(account.overall(), change),
                account.tenants(),
                account.keys().stream()
                        .map(key -> key.withOverall(each(key.overall(), change)))
                        .toList());
    }

    /** Limits that may not be what they would become stay as they are. */
    private static LimitConfig each(LimitConfig limits, UnaryOperator<RateLimit> change) {
        LimitConfig changed = limits;
        try {
            for (Map.Entry<Dimension, List<RateLimit>> rates : limits.rates().entrySet()) {
                changed = changed.with(
                        rates.getKey(), rates.getValue().stream().map(change).toList());
            }
            return changed;
        } catch (IllegalArgumentException e) {
            return limits;
        }
    }

    private static RateLimit quick(RateLimit limit, long windowMs, long more) {
        boolean slow = limit.window().toMillis() >= MINUTE_MS;
        boolean day = limit.mode() == Mode.FIXED_PACIFIC_DAY || limit.mode() == Mode.FIXED_MONTH;
        return new RateLimit(
                limit.amount() * more,
                slow && !day ? Duration.ofMillis(windowMs) : limit.window(),
                limit.mode(),
                limit.burst() * more,
                limit.arrivalJitter(),
                limit.refund(),
                limit.counted());
    }
}
