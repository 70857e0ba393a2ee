package io.keycoord.config;

import io.keycoord.Dimension;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The accounts and keys that can serve the same calls.
 *
 * @param id its public name
 * @param provider the provider's dialect
 * @param baseUrl where the provider is called; https, or http to a loopback host
 * @param strategy in which order accounts and keys are chosen
 * @param leaseTtl how long a lease lives without being renewed, 1 s to 1 h
 * @param breaker when a failing key is rested
 * @param whenAllUnhealthy what is answered when every key rests
 * @param whenRedisIsDown what is answered while Redis does not answer; of this worker alone, no part of the revision
 * @param durability what has a copy of a lease before its caller has it; of this worker alone, no part of the revision
 * @param headroom what calls leave to more important ones
 * @param headers added to each call
 * @param accounts at least one, at most 100,000, with distinct ids; key ids are distinct in the whole pool
 * @param tenants teams or services with budgets of their own, at most 1,000, with distinct ids
 * @param overall what holds for all calls of the pool together; {@link LimitConfig#NONE} for nothing
 * @param prices what calls cost; needed where money is limited
 * @param revision decides between differing configurations of the pool, 0 to 10^12: the higher one holds; empty for the
 *     last one that was registered
 */
public record PoolConfig(
        String id,
        String provider,
        URI baseUrl,
        Strategy strategy,
        Duration leaseTtl,
        BreakerConfig breaker,
        UnhealthyPolicy whenAllUnhealthy,
        RedisDownPolicy whenRedisIsDown,
        Durability durability,
        HeadroomConfig headroom,
        Map<String, String> headers,
        List<AccountConfig> accounts,
        List<TenantConfig> tenants,
        LimitConfig overall,
        Optional<PriceTable> prices,
        OptionalLong revision) {

    /** How long a lease lives without being renewed, unless the pool says otherwise. */
    public static final Duration STANDARD_LEASE_TTL = Duration.ofMinutes(2);

    /**
     * Checks the components.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public PoolConfig {
        Ids.require("id", id);
        Objects.requireNonNull(provider, "provider");
        BaseUrls.mistake(baseUrl.toString()).ifPresent(mistake -> {
            throw new IllegalArgumentException("baseUrl " + mistake);
        });
        Objects.requireNonNull(strategy, "strategy");
        Ranges.LEASE_TTL.require("leaseTtl", leaseTtl);
        Objects.requireNonNull(breaker, "breaker");
        Objects.requireNonNull(whenAllUnhealthy, "whenAllUnhealthy");
        Objects.requireNonNull(whenRedisIsDown, "whenRedisIsDown");
        Objects.requireNonNull(durability, "durability");
        Objects.requireNonNull(headroom, "headroom");
        headers = Map.copyOf(headers);
        headers.forEach(Headers::require);
        accounts = List.copyOf(accounts);
        Counts.require("accounts of pool " + id, accounts.size(), 1, Ranges.ACCOUNTS_OF_POOL);
        Counts.requireDistinct("accounts of pool " + id, accounts.stream().map(AccountConfig::id));
        Counts.requireDistinct("keys of pool " + id, keyIds(accounts));
        tenants = List.copyOf(tenants);
        Counts.require("tenants of pool " + id, tenants.size(), 0, Ranges.TENANTS_OF_POOL);
        Counts.requireDistinct("tenants of pool " + id, tenants.stream().map(TenantConfig::id));
        Objects.requireNonNull(overall, "overall");
        Objects.requireNonNull(prices, "prices");
        revision.ifPresent(number -> Ranges.REVISION.require("revision", number));
    }

    /** Too many keys that are apart from their account, as the rest of a sentence; empty if there are few. */
    Optional<String> mistakeInKeysApart() {
        int apart = accounts.stream()
                .mapToInt(account -> account.keysReservedApart().size())
                .sum();
        return apart <= Ranges.KEYS_RESERVED_APART
                ? Optional.empty()
                : Optional.of("reserves " + apart + " single keys of shared accounts, expected at most "
                        + Ranges.KEYS_RESERVED_APART + "; name the \"tenants\" of whole accounts, for every request"
                        + " leaves out the keys of others one by one");
    }

    /** Checks that accounts and keys are for tenants of the pool, and that not too many keys are apart from their account. */
    void requireTenants() {
        mistakeInKeysApart().ifPresent(mistake -> {
            throw new IllegalArgumentException("pool " + id + " " + mistake);
        });
        Set<String> known = tenants.stream().map(TenantConfig::id).collect(Collectors.toSet());
        accounts.stream()
                .flatMap(account -> Stream.concat(
                        account.tenants().stream(), account.keys().stream().flatMap(key -> key.tenants().stream())))
                .filter(tenant -> !known.contains(tenant))
                .findFirst()
                .ifPresent(tenant -> {
                    throw new IllegalArgumentException("tenants of an account or a key of pool " + id + " has " + tenant
                            + ", expected one of " + new TreeSet<>(known));
                });
    }

    /**
     * A pool with the standard strategy, lease time and breaker, no headers.
     *
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static PoolConfig of(String id, String provider, URI baseUrl, AccountConfig... accounts) {
        return new PoolConfig(
                id,
                provider,
                baseUrl,
                Strategy.MOST_HEADROOM,
                STANDARD_LEASE_TTL,
                BreakerConfig.STANDARD,
                UnhealthyPolicy.DENY,
                RedisDownPolicy.CLOSED,
                Durability.NONE,
                HeadroomConfig.STANDARD,
                Map.of(),
                List.of(accounts),
                List.of(),
                LimitConfig.NONE,
                Optional.empty(),
                OptionalLong.empty());
    }

    public PoolConfig withStrategy(Strategy strategy) {
        return with(draft -> draft.strategy = strategy);
    }

    public PoolConfig withLeaseTtl(Duration leaseTtl) {
        return with(draft -> draft.leaseTtl = leaseTtl);
    }

    public PoolConfig withBreaker(BreakerConfig breaker) {
        return with(draft -> draft.breaker = breaker);
    }

    public PoolConfig withWhenAllUnhealthy(UnhealthyPolicy whenAllUnhealthy) {
        return with(draft -> draft.whenAllUnhealthy = whenAllUnhealthy);
    }

    public PoolConfig withWhenRedisIsDown(RedisDownPolicy whenRedisIsDown) {
        return with(draft -> draft.whenRedisIsDown = whenRedisIsDown);
    }

    public PoolConfig withDurability(Durability durability) {
        return with(draft -> draft.durability = durability);
    }

    public PoolConfig withHeadroom(HeadroomConfig headroom) {
        return with(draft -> draft.headroom = headroom);
    }

    public PoolConfig withHeaders(Map<String, String> headers) {
        return with(draft -> draft.headers = headers);
    }

    public PoolConfig withAccounts(List<AccountConfig> accounts) {
        return with(draft -> draft.accounts = accounts);
    }

    public PoolConfig withTenants(TenantConfig... tenants) {
        return with(draft -> draft.tenants = List.of(tenants));
    }

    /** The same with limits for all its calls together. */
    public PoolConfig withOverall(LimitConfig overall) {
        return with(draft -> draft.overall = overall);
    }

    public PoolConfig withPrices(PriceTable prices) {
        return with(draft -> draft.prices = Optional.of(prices));
    }

    /** The same as the revision of this number. */
    public PoolConfig withRevision(long number) {
        return with(draft -> draft.revision = OptionalLong.of(number));
    }

    private PoolConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.made();
    }

    /** A copy of which one component is about to be changed. */
    private static final class Draft {
        private final String id;
        private final String provider;
        private final URI baseUrl;
        private Strategy strategy;
        private Duration leaseTtl;
        private BreakerConfig breaker;
        private UnhealthyPolicy whenAllUnhealthy;
        private RedisDownPolicy whenRedisIsDown;
        private Durability durability;
        private HeadroomConfig headroom;
        private Map<String, String> headers;
        private List<AccountConfig> accounts;
        private List<TenantConfig> tenants;
        private LimitConfig overall;
        private Optional<PriceTable> prices;
        private OptionalLong revision;

        Draft(PoolConfig pool) {
            this.id = pool.id;
            this.provider = pool.provider;
            this.baseUrl = pool.baseUrl;
            this.strategy = pool.strategy;
            this.leaseTtl = pool.leaseTtl;
            this.breaker = pool.breaker;
            this.whenAllUnhealthy = pool.whenAllUnhealthy;
            this.whenRedisIsDown = pool.whenRedisIsDown;
            this.durability = pool.durability;
            this.headroom = pool.headroom;
            this.headers = pool.headers;
            this.accounts = pool.accounts;
            this.tenants = pool.tenants;
            this.overall = pool.overall;
            this.prices = pool.prices;
            this.revision = pool.revision;
        }

        PoolConfig made() {
            return new PoolConfig(
                    id,
                    provider,
                    baseUrl,
                    strategy,
                    leaseTtl,
                    breaker,
                    whenAllUnhealthy,
                    whenRedisIsDown,
                    durability,
                    headroom,
                    headers,
                    accounts,
                    tenants,
                    overall,
                    prices,
                    revision);
        }
    }

    /** Whether money is limited, but nobody says what calls cost. */
    boolean needsPrices() {
        return prices.isEmpty() && limitsMoney();
    }

    /** Whether any limit of the pool counts money. */
    public boolean limitsMoney() {
        return allLimits().anyMatch(limits -> !limits.rates(Dimension.MONEY).isEmpty());
    }

    /** What is limited anywhere: in accounts, keys and tenants, and for the whole pool. */
    public Stream<LimitConfig> allLimits() {
        Stream<LimitConfig> ofTenants = tenants.stream()
                .flatMap(tenant -> Stream.concat(tenant.limits().stream(), Stream.of(tenant.overall())));
        return Stream.of(accounts.stream().flatMap(AccountConfig::allLimits), ofTenants, Stream.of(overall))
                .flatMap(limits -> limits);
    }

    /** Without the values of the headers, for people put secrets into them. */
    @Override
    public String toString() {
        return "PoolConfig[" + id + ", " + provider + ", " + baseUrl + ", " + strategy + ", leaseTtl " + leaseTtl + ", "
                + breaker + ", whenAllUnhealthy " + whenAllUnhealthy + ", whenRedisIsDown " + whenRedisIsDown
                + ", durability " + durability + ", " + headroom + ", headers " + headers.keySet()
                + ", " + accounts
                + ", tenants " + tenants + ", overall " + overall + ", " + prices + "]";
    }

    private static Stream<String> keyIds(List<AccountConfig> accounts) {
        return accounts.stream().flatMap(account -> account.keys().stream()).map(KeyConfig::id);
    }
}
