package io.keycoord.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the accounts of one pool, and the keys that are accounts of their own. */
final class AccountReader {
    private final LimitReader limits;
    private final TenantReader tenants;
    private final Set<String> schemes;
    private final KeyFiles files;
    private final PoolIds accountIds = new PoolIds("distinct ids of accounts (a key listed by itself is one)");
    private final PoolIds keyIds = new PoolIds("distinct ids of keys in a pool");

    AccountReader(ProviderProfile profile, TenantReader tenants, Set<String> schemes, KeyFiles files) {
        this.files = files;
        this.limits = new LimitReader(profile);
        this.tenants = tenants;
        this.schemes = schemes;
    }

    List<AccountConfig> accounts(Section pool) {
        List<Section> accounts = pool.sections("accounts");
        List<Section> keys = keys(pool, Ranges.ACCOUNTS_OF_POOL);
        check(pool, accounts.size() + keys.size());
        List<AccountConfig> read = new ArrayList<>();
        accounts.forEach(section -> account(section).ifPresent(read::add));
        keys.forEach(section -> key(section).ifPresent(read::add));
        return read;
    }

    /** Those that are listed here, and those that a file lists. */
    private List<Section> keys(Section owner, int most) {
        List<Section> keys = new ArrayList<>(owner.sections("keys"));
        keys.addAll(files.keys(owner, most));
        return keys;
    }

    private static void check(Section pool, int accounts) {
        if (pool.isEmpty("accounts") && pool.isEmpty("keys") && !pool.has("keysFrom")) {
            pool.mistakes.add(pool.place, "has no keys, expected at least one in \"accounts\" or \"keys\"");
        }
        if (accounts > Ranges.ACCOUNTS_OF_POOL) {
            pool.mistakes.add(pool.place, "has " + accounts + " accounts, expected at most " + Ranges.ACCOUNTS_OF_POOL);
        }
    }

    private Optional<AccountConfig> account(Section section) {
        Optional<String> id = PoolIds.read(section);
        id.ifPresent(named -> accountIds.add(named, section));
        List<LimitConfig> itsLimits = limits.limits(section);
        List<KeyConfig> keys = new ArrayList<>();
        List<Section> sections = keys(section, Ranges.KEYS_OF_ACCOUNT);
        if (section.isEmpty("keys") && !section.has("keysFrom")) {
            section.mistakes.add(section.place, "has no keys, expected at least one in \"keys\"");
        }
        if (sections.size() > Ranges.KEYS_OF_ACCOUNT) {
            section.mistakes.add(
                    section.at("keys"), "has " + sections.size() + " keys, expected at most " + Ranges.KEYS_OF_ACCOUNT);
        }
        sections.forEach(key -> keyOfAccount(key).ifPresent(keys::add));
        LimitConfig overall = limits.overall(section);
        Set<String> itsTenants = tenants.named(section);
        section.finish();
        return section.mistakes.ifNone(
                () -> new AccountConfig(id.orElse(""), false, itsLimits, overall, itsTenants, keys));
    }

    private Optional<KeyConfig> keyOfAccount(Section section) {
        Optional<String> id = PoolIds.read(section);
        id.ifPresent(named -> keyIds.add(named, section));
        section.refuse("limits");
        return keyConfig(section, id);
    }

    private Optional<AccountConfig> key(Section section) {
        Optional<String> id = PoolIds.read(section);
        id.filter(named -> keyIds.add(named, section)).ifPresent(named -> accountIds.add(named, section));
        List<LimitConfig> itsLimits = limits.limits(section);
        return keyConfig(section, id).map(key -> alone(key, itsLimits));
    }

    /** Whom the key is for, its account is for; what holds for the key overall is one thing with its account. */
    private static AccountConfig alone(KeyConfig key, List<LimitConfig> limits) {
        KeyConfig plain = KeyConfig.of(key.id(), key.secret()).withWeight(key.weight());
        return new AccountConfig(key.id(), true, limits, key.overall(), key.tenants(), List.of(plain));
    }

    private Optional<KeyConfig> keyConfig(Section section, Optional<String> id) {
        String secret = secret(section);
        int weight = section.whole("weight", Ranges.WEIGHT).map(Long::intValue).orElse(1);
        LimitConfig overall = limits.overall(section);
        Set<String> itsTenants = tenants.named(section);
        section.finish();
        return section.mistakes.ifNone(() -> new KeyConfig(id.orElse(""), secret, weight, overall, itsTenants));
    }

    private String secret(Section section) {
        String expected = "a reference such as \"env:OPENROUTER_KEY_1\" or \"file:/run/secrets/openrouter\"";
        Optional<JsonValue> value = section.required("secret", expected);
        if (value.isPresent() && !(value.get() instanceof JsonValue.Text)) {
            section.mistakes.add(section.at("secret"), "is not a text, expected " + expected);
        }
        String reference = value.map(v -> v instanceof JsonValue.Text text ? text.value() : "")
                .orElse("");
        if (value.isPresent() && value.get() instanceof JsonValue.Text) {
            SecretReference.mistake(reference, schemes)
                    .ifPresent(mistake -> section.mistakes.add(section.at("secret"), mistake));
        }
        return reference;
    }
}
