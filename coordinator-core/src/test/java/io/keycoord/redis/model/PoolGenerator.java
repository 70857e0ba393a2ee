package io.keycoord.redis.model;

import io.keycoord.Dimension;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.BreakerConfig;
import io.keycoord.config.HeadroomConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.PriceTable;
import io.keycoord.config.RateLimit;
import io.keycoord.config.RateLimit.Counted;
import io.keycoord.config.RateLimit.Mode;
import io.keycoord.config.RateLimit.Refund;
import io.keycoord.config.Strategy;
import io.keycoord.config.TenantConfig;
import io.keycoord.config.UnhealthyPolicy;
import io.keycoord.model.Cost;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Random pools: small limits, so that they are met; few kinds of them, so that units share groups. */
final class PoolGenerator {
    private static final List<Dimension> DIMENSIONS = List.of(Dimension.values());
    private static final String[] MODELS = {"a1", "a2", "b1", "c1"};
    private static final List<List<String>> CATALOGUES =
            List.of(List.of("*"), List.of("*"), List.of("*"), List.of("a*", "b*"), List.of("a*", "b1", "*"));
    private static final PriceTable PRICES = new PriceTable("v1", List.of(new PriceTable.Price("*", 1, 1, 1)));
    private static final Duration[] PERIODS = {
        Duration.ofMillis(100),
        Duration.ofSeconds(1),
        Duration.ofSeconds(7),
        Duration.ofMinutes(1),
        Duration.ofMinutes(1),
        Duration.ofMinutes(1),
        Duration.ofHours(1),
        Duration.ofDays(1)
    };

    private final SplittableRandom random;
    private final String id;
    private final boolean plain;
    private final List<String> accounts = new ArrayList<>();
    private final List<String> keys = new ArrayList<>();
    private final List<Duration> windows = new ArrayList<>();
    private final List<String> tenants = new ArrayList<>();
    private final boolean money;
    private long mostTokens = 10;
    /** What most requests to a crowded pool ask for; 0 for other pools. */
    private long crowdTokens;

    PoolGenerator(SplittableRandom random, String id) {
        this(random, id, false);
    }

    /** {@code plain}: only what can be judged to the microsecond, no sliding windows, no jitter, few accounts. */
    PoolGenerator(SplittableRandom random, String id, boolean plain) {
        this.random = random;
        this.id = id;
        this.plain = plain;
        if (random.nextInt(3) == 0) {
            tenants.addAll(List.of("t1", "t2"));
        }
        this.money = random.nextInt(4) == 0;
    }

    PoolConfig pool() {
        Strategy strategy = pick(Strategy.values());
        List<AccountConfig> list = accounts();
        UnhealthyPolicy unhealthy = !plain && random.nextInt(3) == 0 ? UnhealthyPolicy.LEAST_BAD : UnhealthyPolicy.DENY;
        PoolConfig pool = PoolConfig.of(
                        id,
                        "openai-compatible",
                        URI.create("http://127.0.0.1:1/v1"),
                        list.toArray(AccountConfig[]::new))
                .withStrategy(strategy)
                .withLeaseTtl(Duration.ofSeconds(30))
                .withBreaker(breaker())
                .withWhenAllUnhealthy(unhealthy)
                .withHeadroom(headroom())
                .withTenants(tenants.stream().map(this::tenant).toArray(TenantConfig[]::new))
                .withOverall(random.nextInt(8) == 0 ? limits(false) : LimitConfig.NONE);
        return money ? pool.withPrices(PRICES) : pool;
    }

    /** Another configuration of the pool: quite another one, or some of its accounts or settings changed. */
    PoolConfig changed(PoolConfig pool) {
        return switch (random.nextInt(4)) {
            case 0 -> pool();
            case 1 ->
                pool.withStrategy(pick(Strategy.values()))
                        .withBreaker(breaker())
                        .withHeadroom(headroom())
                        .withOverall(random.nextBoolean() ? limits(false) : LimitConfig.NONE);
            default -> pool.withAccounts(changed(pool.accounts()));
        };
    }

    private List<AccountConfig> changed(List<AccountConfig> accounts) {
        List<AccountConfig> some = new ArrayList<>();
        for (AccountConfig account : accounts) {
            if (random.nextInt(6) > 0) {
                some.add(random.nextBoolean() ? account : changed(account));
            }
        }
        return some.isEmpty() ? accounts : some;
    }

    private AccountConfig changed(AccountConfig account) {
        List<LimitConfig> limits = account.limits().stream()
                .map(limit -> limits(true).withModels(limit.models()))
                .toList();
        List<KeyConfig> keys = account.keys().stream()
                .filter(key -> account.keys().size() == 1 || random.nextInt(6) > 0)
                .map(key -> random.nextInt(4) > 0 ? key : key.withOverall(limits(false)))
                .toList();
        return new AccountConfig(
                account.id(),
                account.implicit(),
                limits,
                random.nextBoolean() ? account.overall() : limits(false),
                someOwners(),
                keys.isEmpty() ? account.keys() : keys);
    }

    /** Mostly the standard one. */
    private HeadroomConfig headroom() {
        if (random.nextInt(3) > 0) {
            return HeadroomConfig.STANDARD;
        }
        int normal = random.nextBoolean() ? 0 : random.nextInt(91);
        return new HeadroomConfig(
                normal, normal + random.nextInt(91 - normal), Duration.ofMillis(1_000 + random.nextInt(30_000)));
    }

    private TenantConfig tenant(String name) {
        TenantConfig tenant = TenantConfig.of(name, random.nextInt(3) > 0 ? limits(true) : LimitConfig.NONE);
        return switch (random.nextInt(4)) {
            case 0 -> tenant.withLimits(limits(true));
            case 1 -> tenant.withLimits(with("a*", limits(true)), with("*", limits(true)));
            default -> tenant;
        };
    }

    /** One key with one small limit of tokens, a bucket or a window with jitter, that is met all the time. */
    PoolConfig tight() {
        tenants.clear();
        long amount = 2 + random.nextLong(40);
        Duration window = Duration.ofMillis(500 + random.nextLong(20_000));
        RateLimit fixed = RateLimit.of(amount, window).withMode(Mode.FIXED_WINDOW);
        RateLimit bucket =
                RateLimit.of(amount, window).withArrivalJitter(Duration.ZERO).asBucket(1 + random.nextLong(amount));
        windows.add(window);
        mostTokens = amount;
        accounts.add("s");
        keys.add("s");
        LimitConfig limits = LimitConfig.of("*").withTokens(random.nextInt(4) == 0 ? fixed : bucket);
        AccountConfig account = AccountConfig.of(KeyConfig.of("s", "test:s"), limits);
        return PoolConfig.of(id, "openai-compatible", URI.create("http://127.0.0.1:1/v1"), account);
    }

    /** A few keys without limits, whose breakers open at once and for a short while. */
    PoolConfig flapping() {
        tenants.clear();
        List<AccountConfig> list = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(2); i++) {
            list.add(account(i, List.of("*"), List.of(LimitConfig.NONE)));
        }
        Duration rest = Duration.ofMillis(100 + random.nextInt(400));
        return PoolConfig.of(
                        id,
                        "openai-compatible",
                        URI.create("http://127.0.0.1:1/v1"),
                        list.toArray(AccountConfig[]::new))
                .withBreaker(breaker().withCoolDown(rest, rest.multipliedBy(2)));
    }

    /** More accounts than a search looks at, and limits that refuse most requests without shutting the gate of any. */
    PoolConfig crowded() {
        tenants.clear();
        List<LimitConfig> palette = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(2); i++) {
            RateLimit tokens = RateLimit.of(5 + random.nextInt(3), Duration.ofMinutes(1 + random.nextInt(3)));
            windows.add(tokens.window());
            palette.add(LimitConfig.of("*")
                    .withTokens(random.nextInt(3) > 0 ? tokens.withMode(Mode.FIXED_WINDOW) : tokens.asBucket()));
        }
        crowdTokens = 3;
        List<AccountConfig> list = new ArrayList<>();
        for (int i = 0; i < 30 + random.nextInt(16); i++) {
            list.add(account(i, List.of("*"), palette));
        }
        return PoolConfig.of(
                        id,
                        "openai-compatible",
                        URI.create("http://127.0.0.1:1/v1"),
                        list.toArray(AccountConfig[]::new))
                .withHeadroom(headroom())
                .withStrategy(pick(Strategy.values()));
    }

    private List<AccountConfig> accounts() {
        List<List<String>> catalogues = List.of(someCatalogue(), someCatalogue());
        List<List<LimitConfig>> palettes =
                catalogues.stream().map(this::palette).toList();
        int count = !plain && random.nextInt(40) == 0 ? 9 + random.nextInt(40) : 1 + random.nextInt(5);
        List<AccountConfig> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int kind = random.nextInt(4) == 0 ? 1 : 0;
            list.add(account(i, catalogues.get(kind), palettes.get(kind)));
        }
        return list;
    }

    private List<String> someCatalogue() {
        return CATALOGUES.get(random.nextInt(CATALOGUES.size()));
    }

    /** Up to two sets of limits; an account's class takes one of them. */
    private List<LimitConfig> palette(List<String> patterns) {
        List<LimitConfig> palette = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(2) + (patterns.size() > 1 ? 1 : 0); i++) {
            palette.add(limits(random.nextInt(12) > 0));
        }
        return palette;
    }

    private AccountConfig account(int number, List<String> patterns, List<LimitConfig> palette) {
        boolean solo = random.nextBoolean();
        String name = (solo ? "s" : "a") + number;
        accounts.add(name);
        List<LimitConfig> limits = patterns.stream()
                .map(pattern -> with(pattern, palette.get(random.nextInt(palette.size()))))
                .toList();
        List<KeyConfig> own = new ArrayList<>();
        int count = solo ? 1 : 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            String key = solo ? name : "k" + number + "-" + i;
            keys.add(key);
            LimitConfig overall = random.nextInt(4) == 0 ? limits(false) : LimitConfig.NONE;
            own.add(new KeyConfig(key, "test:" + key, 1 + random.nextInt(3), overall, someOwners()));
        }
        LimitConfig overall = random.nextInt(patterns.size() > 1 ? 2 : 4) == 0 ? limits(false) : LimitConfig.NONE;
        return new AccountConfig(name, solo, limits, overall, someOwners(), own);
    }

    private Set<String> someOwners() {
        return tenants.isEmpty() || random.nextInt(5) > 0 ? Set.of() : Set.of(pick(tenants));
    }

    private static LimitConfig with(String pattern, LimitConfig limits) {
        return limits.withModels(pattern);
    }

    private LimitConfig limits(boolean usual) {
        List<RateLimit> requests = random.nextInt(10) < (usual ? 7 : 4) ? some(this::requests) : List.of();
        List<RateLimit> tokens = random.nextInt(10) < (usual ? 7 : 3) ? some(this::tokens) : List.of();
        LimitConfig limits = LimitConfig.of("*").with(Dimension.REQUESTS, requests);
        limits = random.nextInt(10) < 5 ? limits.withConcurrency(1 + random.nextInt(4)) : limits;
        if (money && random.nextInt(3) == 0) {
            limits = limits.with(Dimension.MONEY, some(this::tokens));
        }
        return random.nextInt(5) > 0
                ? limits.with(Dimension.TOKENS, tokens)
                : limits.with(Dimension.INPUT_TOKENS, tokens).with(Dimension.OUTPUT_TOKENS, some(this::tokens));
    }

    /** Mostly one, else up to three of different windows. */
    private List<RateLimit> some(Supplier<RateLimit> limit) {
        Map<Duration, RateLimit> byWindow = new TreeMap<>();
        for (int i = random.nextInt(3) > 0 ? 1 : 3; i > 0; i--) {
            RateLimit one = limit.get();
            byWindow.putIfAbsent(one.window(), one);
        }
        return List.copyOf(byWindow.values());
    }

    private RateLimit requests() {
        return rate(someMode(), 1 + random.nextInt(random.nextBoolean() ? 4 : 20));
    }

    private <T> T pick(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private <T> T pick(T[] all) {
        return all[random.nextInt(all.length)];
    }

    private Mode someMode() {
        Mode mode = pick(Mode.values());
        return plain && mode == Mode.SLIDING_WINDOW ? Mode.BUCKET : mode;
    }

    /** A bucket must keep some burst beside the jitter; a sliding window needs two tokens. */
    private RateLimit tokens() {
        while (true) {
            Mode mode = random.nextBoolean() ? Mode.BUCKET : someMode();
            long amount = 2 + random.nextLong(random.nextBoolean() ? 30 : 5_000);
            RateLimit limit = rate(mode, amount);
            double lost =
                    (double) limit.arrivalJitter().toNanos() / limit.window().toNanos();
            if (mode != Mode.BUCKET || limit.burst() > amount * lost + 1) {
                mostTokens = Math.max(mostTokens, amount);
                return limit;
            }
        }
    }

    private RateLimit rate(Mode mode, long amount) {
        Duration window = switch (mode) {
            case FIXED_PACIFIC_DAY -> Duration.ofDays(1);
            case FIXED_MONTH -> Duration.ofDays(31);
            default -> pick(PERIODS);
        };
        windows.add(window);
        long burst = mode == Mode.BUCKET && random.nextBoolean() ? 1 + random.nextLong(amount) : amount;
        return new RateLimit(
                amount,
                window,
                mode,
                burst,
                Duration.ofMillis(
                        !plain && random.nextInt(3) == 0 ? random.nextLong(Math.min(400, window.toMillis() / 2)) : 0),
                random.nextInt(4) == 0 ? Refund.NONE : Refund.SAFE,
                !plain && random.nextInt(3) == 0 ? Counted.COMPLETION : Counted.ADMISSION);
    }

    private BreakerConfig breaker() {
        Duration rest = Duration.ofMillis(100 + random.nextInt(random.nextBoolean() ? 400 : 60_000));
        return new BreakerConfig(
                1 + random.nextInt(3),
                Duration.ofMillis(1_000 + random.nextInt(90_000)),
                rest,
                rest.multipliedBy(1 + random.nextInt(8)),
                1 + random.nextInt(4),
                random.nextInt(3) == 0 ? OptionalDouble.of((1 + random.nextInt(9)) / 10.0) : OptionalDouble.empty(),
                random.nextInt(3) == 0 ? OptionalInt.of(1 + random.nextInt(3)) : OptionalInt.empty());
    }

    String someModel() {
        return MODELS[random.nextInt(MODELS.length)];
    }

    /** Of a class that accounts may have. */
    String somePattern() {
        List<String> some = someCatalogue();
        return some.get(random.nextInt(some.size()));
    }

    /** Of nobody in particular, mostly. */
    String someTenant() {
        return tenants.isEmpty() || random.nextInt(3) == 0 ? "" : pick(tenants);
    }

    /** Whether calls cost something. */
    boolean money() {
        return money;
    }

    Cost someCost() {
        long input = someTokens();
        long output = random.nextInt(3) == 0 ? someTokens() : 0;
        return new Cost(input, output, money && random.nextInt(3) > 0 ? someTokens() : 0);
    }

    String someKeys() {
        return some(keys);
    }

    String someKey() {
        return keys.get(random.nextInt(keys.size()));
    }

    String someAccounts() {
        return some(accounts);
    }

    private String some(List<String> names) {
        String one = names.get(random.nextInt(names.size()));
        return random.nextBoolean() ? one : one + "," + names.get(random.nextInt(names.size()));
    }

    long someTokens() {
        if (crowdTokens > 0) {
            return crowdTokens + random.nextInt(2);
        }
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> 1;
            case 2 -> mostTokens;
            case 3 -> mostTokens + random.nextInt(3);
            case 4 -> random.nextLong(mostTokens) + 1;
            default -> random.nextLong(Math.max(1, mostTokens / 4)) + 1;
        };
    }

    /** What a provider might say of a limit: of one that there is, mostly, and as often as not less than there should be. */
    String someReport() {
        Dimension dimension = DIMENSIONS.get(random.nextInt(random.nextInt(4) == 0 ? DIMENSIONS.size() : 2));
        long limit = random.nextBoolean() ? 0 : 1 + random.nextLong(2 * mostTokens);
        long left = random.nextInt(3) == 0 ? random.nextLong(2 * mostTokens) : random.nextLong(4);
        return dimension.stored() + " " + someWindowUs() / 1000 + " " + limit + " " + left;
    }

    long someWindowUs() {
        return windows.isEmpty()
                ? 60_000_000
                : windows.get(random.nextInt(windows.size())).toNanos() / 1000;
    }
}
