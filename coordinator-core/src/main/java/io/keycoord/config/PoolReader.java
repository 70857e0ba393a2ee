package io.keycoord.config;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Reads one pool. */
final class PoolReader {
    private static final Choice<Strategy> STRATEGIES = Choice.of(List.of(Strategy.values()));
    private static final Choice<UnhealthyPolicy> UNHEALTHY = Choice.of(List.of(UnhealthyPolicy.values()));
    private static final Choice<RedisDownPolicy> REDIS_DOWN = Choice.of(List.of(RedisDownPolicy.values()));
    private static final Choice<Durability> DURABILITY = Choice.of(List.of(Durability.values()));

    private final Section section;
    private final Mistakes mistakes;
    private final Set<String> schemes;
    private final KeyFiles files;

    PoolReader(Section section, Set<String> schemes, KeyFiles files) {
        this.files = files;
        this.section = section;
        this.mistakes = section.mistakes;
        this.schemes = schemes;
    }

    Optional<PoolConfig> read(PoolIds poolIds) {
        Optional<String> id = PoolIds.read(section);
        id.ifPresent(named -> poolIds.add(named, section));
        String provider = provider();
        Optional<ProviderProfile> known = ProviderProfile.named(provider);
        ProviderProfile profile = known.orElseGet(ProviderProfile::cautious);
        Optional<String> baseUrl = baseUrl(profile, known.isPresent());
        Strategy strategy = section.choice("strategy", STRATEGIES).orElse(Strategy.MOST_HEADROOM);
        Duration leaseTtl = section.duration("leaseTtl", Ranges.LEASE_TTL).orElse(PoolConfig.STANDARD_LEASE_TTL);
        BreakerConfig breaker =
                section.section("breaker").map(BreakerReader::read).orElse(BreakerConfig.STANDARD);
        UnhealthyPolicy unhealthy =
                section.choice("whenAllUnhealthy", UNHEALTHY).orElse(UnhealthyPolicy.DENY);
        HeadroomConfig headroom =
                section.section("headroom").map(HeadroomConfig::read).orElse(HeadroomConfig.STANDARD);
        RedisDownPolicy redisDown =
                section.choice("whenRedisIsDown", REDIS_DOWN).orElse(RedisDownPolicy.CLOSED);
        Durability durability = section.choice("durability", DURABILITY).orElse(Durability.NONE);
        Map<String, String> headers = headers();
        TenantReader tenants = new TenantReader();
        List<AccountConfig> accounts = new AccountReader(profile, tenants, schemes, files).accounts(section);
        List<TenantConfig> itsTenants = tenants.tenants(section);
        tenants.check(itsTenants, mistakes);
        LimitConfig overall = new LimitReader(ProviderProfile.OWN).overall(section);
        Optional<PriceTable> prices = section.section("prices").flatMap(PriceReader::read);
        Optional<Long> revision = section.whole("revision", Ranges.REVISION);
        section.refuse("shadow", "killSwitch");
        section.finish();
        Optional<PoolConfig> pool = mistakes.ifNone(() -> new PoolConfig(
                id.orElse(""),
                provider,
                baseUrl.map(BaseUrls::normal).orElseGet(() -> URI.create("")),
                strategy,
                leaseTtl,
                breaker,
                unhealthy,
                redisDown,
                durability,
                headroom,
                headers,
                accounts,
                itsTenants,
                overall,
                prices,
                revision.stream().mapToLong(Long::longValue).findFirst()));
        pool.filter(PoolConfig::needsPrices)
                .ifPresent(
                        p -> mistakes.add(section.place, "limits money, expected \"prices\" to tell what calls cost"));
        pool.flatMap(PoolConfig::mistakeInKeysApart).ifPresent(mistake -> mistakes.add(section.place, mistake));
        return pool;
    }

    private String provider() {
        String expected = ProviderProfile.expected();
        Optional<String> provider = section.requiredText("provider", expected);
        provider.filter(named -> ProviderProfile.named(named).isEmpty())
                .ifPresent(named -> mistakes.wrong(section.at("provider"), Shown.text(named), expected));
        return provider.orElse("");
    }

    private Optional<String> baseUrl(ProviderProfile profile, boolean providerKnown) {
        String expected = "an absolute address such as \"https://openrouter.ai/api/v1\"";
        if (section.has("baseUrl")) {
            Optional<String> named = section.text("baseUrl", expected);
            named.flatMap(BaseUrls::mistake).ifPresent(mistake -> mistakes.add(section.at("baseUrl"), mistake));
            return named;
        }
        if (profile.baseUrl().isEmpty() && providerKnown) {
            section.required("baseUrl", "the address of the provider, as this provider has no common one");
        }
        section.value("baseUrl");
        return profile.baseUrl();
    }

    private Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        Map<String, Place> seen = new TreeMap<>();
        section.value("headers").ifPresent(value -> {
            if (value instanceof JsonValue.Fields fields) {
                fields.values().forEach((name, header) -> header(name, header, headers, seen));
            } else {
                mistakes.wrong(section.at("headers"), value.shown(), "an object of header names and values");
            }
        });
        return headers;
    }

    private void header(String name, JsonValue value, Map<String, String> headers, Map<String, Place> seen) {
        Place place = section.at("headers").field(name, value.line());
        Headers.mistakeInName(name).ifPresent(mistake -> mistakes.add(place, mistake));
        Place first = seen.putIfAbsent(name.toLowerCase(Locale.ROOT), place);
        if (first != null) {
            mistakes.add(place, "is the same header as " + first.path() + " on line " + first.line());
        }
        if (value instanceof JsonValue.Text text) {
            Headers.mistakeInValue(text.value()).ifPresent(mistake -> mistakes.add(place, mistake));
            headers.put(name, text.value());
        } else {
            mistakes.add(place, "is not a text, expected the value of the header in quotes");
        }
    }
}
