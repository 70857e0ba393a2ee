package io.keycoord.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys that are accepted: those of the configuration, and those that a management key has made. Safe for use by many threads. */
final class KeyBook {

    private static final BigDecimal USD_PER_TOKEN = new BigDecimal("0.000001");

    /** A key that was made: its secret, and what its maker wants of it. */
    static final class Made {

        final String hash;
        final String secret;
        final KnownKey key;
        // guarded by the book, as what reads it
        final ObjectNode settings = Json.MAPPER.createObjectNode();

        Made(String hash, String secret, KnownKey key) {
            this.hash = hash;
            this.secret = secret;
            this.key = key;
        }

        Optional<BigDecimal> limit() {
            JsonNode limit = settings.path("limit");
            return limit.isNumber() ? Optional.of(limit.decimalValue()) : Optional.empty();
        }

        boolean isDisabled() {
            return settings.path("disabled").asBoolean();
        }
    }

    private final Map<String, AccountGate> gates = new HashMap<>();
    private final Map<String, SimulatedAccount> accounts = new HashMap<>();
    private final Map<String, SimulatedAccount> managers = new HashMap<>();
    private final Map<String, KnownKey> bySecret = new HashMap<>(); // guarded by this
    private final Map<String, Made> made = new LinkedHashMap<>(); // guarded by this, by hash
    private final StatsBook stats;
    private int count; // guarded by this

    KeyBook(List<SimulatedAccount> configured, NanoClock clock, StatsBook stats) {
        this.stats = stats;
        for (SimulatedAccount account : configured) {
            AccountGate gate = new AccountGate(account, clock, stats);
            gates.put(account.id(), gate);
            accounts.put(account.id(), account);
            account.managementKey().ifPresent(secret -> managers.put(secret, account));
            for (SimulatedKey key : account.keys()) {
                bySecret.put(key.secret(), new KnownKey(key.id(), account.id(), "sim-..." + key.id(), gate));
            }
        }
    }

    /** The key of a secret; null if it is not known, or disabled. */
    synchronized @Nullable KnownKey find(String secret) {
        KnownKey key = bySecret.get(secret);
        return key == null || of(key).filter(Made::isDisabled).isPresent() ? null : key;
    }

    /** The account whose management key this is. */
    Optional<SimulatedAccount> managed(String secret) {
        return Optional.ofNullable(managers.get(secret));
    }

    /** What was paid into the account of a key or of a management key; empty if it is not told. */
    Optional<BigDecimal> credits(String account) {
        return Optional.ofNullable(accounts.get(account)).flatMap(SimulatedAccount::credits);
    }

    /** What the keys of an account have spent in all. */
    BigDecimal used(String account) {
        return BigDecimal.valueOf(stats.accountTokensUsed(account)).multiply(USD_PER_TOKEN);
    }

    BigDecimal used(KnownKey key) {
        return BigDecimal.valueOf(stats.tokensUsed(key)).multiply(USD_PER_TOKEN);
    }

    /** Whether a key that was made has spent what it may. Its limit is never renewed. */
    boolean isSpent(KnownKey key) {
        return limit(key).filter(limit -> used(key).compareTo(limit) >= 0).isPresent();
    }

    synchronized Optional<BigDecimal> limit(KnownKey key) {
        return of(key).flatMap(Made::limit);
    }

    private Optional<Made> of(KnownKey key) {
        return made.values().stream().filter(each -> each.key.equals(key)).findFirst();
    }

    synchronized Made make(SimulatedAccount account) {
        int number = ++count;
        String id = "made-" + number;
        AccountGate gate = Objects.requireNonNull(gates.get(account.id()));
        String secret = "sk-or-v1-sim-%032x".formatted(number * 0x9E3779B97F4A7C15L);
        Made key = new Made("%064x".formatted(number), secret, new KnownKey(id, account.id(), "sim-..." + id, gate));
        bySecret.put(secret, key.key);
        made.put(key.hash, key);
        return key;
    }

    synchronized List<Made> made(SimulatedAccount account) {
        List<Made> all = new ArrayList<>(made.values());
        all.removeIf(each -> !each.key.account().equals(account.id()));
        return all;
    }

    /** Changes settings of a key that was made. */
    synchronized void set(Made key, ObjectNode changes) {
        key.settings.setAll(changes);
    }

    /** A copy. */
    synchronized ObjectNode settings(Made key) {
        return key.settings.deepCopy();
    }

    synchronized void remove(Made key) {
        made.remove(key.hash);
        bySecret.remove(key.secret);
    }
}
