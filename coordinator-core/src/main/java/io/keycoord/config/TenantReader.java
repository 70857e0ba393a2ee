package io.keycoord.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Reads the tenants of a pool, and who alone may use an account or a key. */
final class TenantReader {
    private static final String EXPECTED = "a list of ids of the pool's tenants, at least one";

    private final PoolIds ids = new PoolIds("distinct ids of tenants");
    private final LimitReader limits = new LimitReader(ProviderProfile.OWN);
    private final Map<String, Place> named = new LinkedHashMap<>();

    List<TenantConfig> tenants(Section pool) {
        List<TenantConfig> tenants = new ArrayList<>();
        List<Section> sections = pool.sections("tenants");
        if (sections.size() > Ranges.TENANTS_OF_POOL) {
            pool.mistakes.add(
                    pool.at("tenants"),
                    "has " + sections.size() + " entries, expected at most " + Ranges.TENANTS_OF_POOL);
        }
        sections.forEach(section -> tenant(section).ifPresent(tenants::add));
        return tenants;
    }

    private Optional<TenantConfig> tenant(Section section) {
        Optional<String> id = PoolIds.read(section);
        id.ifPresent(one -> ids.add(one, section));
        List<LimitConfig> byModel = limits.limits(section);
        LimitConfig overall = limits.overall(section);
        section.finish();
        return section.mistakes.ifNone(() -> new TenantConfig(id.orElse(""), byModel, overall));
    }

    /** The tenants that an account or a key is for; empty if it names none. */
    Set<String> named(Section owner) {
        Set<String> tenants = new TreeSet<>();
        owner.value("tenants").ifPresent(value -> {
            if (value instanceof JsonValue.Elements list && !list.values().isEmpty()) {
                for (int i = 0; i < list.values().size(); i++) {
                    name(list.values().get(i), owner, i).ifPresent(tenants::add);
                }
            } else {
                owner.mistakes.wrong(owner.at("tenants"), value.shown(), EXPECTED);
            }
        });
        return tenants;
    }

    private Optional<String> name(JsonValue value, Section owner, int index) {
        Place place = owner.at("tenants").element(index, value.line());
        if (value instanceof JsonValue.Text text && Ids.isId(text.value())) {
            named.putIfAbsent(text.value(), place);
            return Optional.of(text.value());
        }
        owner.mistakes.wrong(place, value.shown(), Ids.EXPECTED);
        return Optional.empty();
    }

    /** Notes each name that accounts or keys give and that is no tenant of the pool. */
    void check(List<TenantConfig> tenants, Mistakes mistakes) {
        List<String> known = tenants.stream().map(TenantConfig::id).toList();
        named.forEach((id, place) -> {
            if (!known.contains(id)) {
                mistakes.wrong(place, Shown.text(id), "one of the pool's tenants, " + known);
            }
        });
    }
}
