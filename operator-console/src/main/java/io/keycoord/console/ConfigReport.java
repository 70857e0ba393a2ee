package io.keycoord.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.keycoord.SecretSource;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a configuration says, and which secrets are found here. Holds references, never a secret. */
final class ConfigReport {
    private final CoordinatorConfig config;
    private final SecretSource secrets;

    ConfigReport(CoordinatorConfig config, SecretSource secrets) {
        this.config = config;
        this.secrets = secrets;
    }

    String table() {
        StringBuilder text = new StringBuilder();
        for (PoolConfig pool : config.pools()) {
            text.append(heading(pool));
            Table table = new Table("ACCOUNT", "LIMITS", "KEY", "WEIGHT", "KEY LIMITS", "SECRET", "FOUND HERE");
            pool.accounts().forEach(account -> addRows(table, account));
            text.append(table).append('\n');
        }
        return text + "ok: " + count(config.pools().size(), "pool") + "\n";
    }

    private String heading(PoolConfig pool) {
        int keys = pool.accounts().stream()
                .mapToInt(account -> account.keys().size())
                .sum();
        long found = pool.accounts().stream()
                .flatMap(account -> account.keys().stream())
                .filter(this::isFound)
                .count();
        return "pool " + pool.id() + ": provider " + pool.provider() + ", " + pool.baseUrl() + ", "
                + word(pool.strategy()) + ", lease " + Durations.show(pool.leaseTtl()) + "\n"
                + count(pool.accounts().size(), "account") + ", " + count(keys, "key") + ", " + found
                + " with a secret here\n";
    }

    private void addRows(Table table, AccountConfig account) {
        String limits = account.limits().stream().map(ConfigReport::limits).collect(Collectors.joining("; "));
        boolean first = true;
        for (KeyConfig key : account.keys()) {
            table.add(
                    first ? account.id() : "",
                    first ? (limits.isEmpty() ? "none" : limits) : "",
                    key.id(),
                    key.weight(),
                    key.overall().equals(LimitConfig.NONE) ? "none" : rates(key.overall()),
                    key.secret(),
                    isFound(key) ? "yes" : "no");
            first = false;
        }
    }

    ObjectNode json() {
        ObjectNode root = FormatOption.json().createObjectNode();
        ArrayNode pools = root.putArray("pools");
        for (PoolConfig pool : config.pools()) {
            ObjectNode node = pools.addObject()
                    .put("id", pool.id())
                    .put("provider", pool.provider())
                    .put("baseUrl", pool.baseUrl().toString())
                    .put("strategy", word(pool.strategy()))
                    .put("leaseTtlMs", pool.leaseTtl().toMillis());
            ArrayNode accounts = node.putArray("accounts");
            pool.accounts().forEach(account -> addJson(accounts.addObject(), account));
        }
        return root;
    }

    private void addJson(ObjectNode node, AccountConfig account) {
        node.put("id", account.id());
        ArrayNode limits = node.putArray("limits");
        account.limits().forEach(limit -> limits.add(limits(limit)));
        ArrayNode keys = node.putArray("keys");
        for (KeyConfig key : account.keys()) {
            keys.addObject()
                    .put("id", key.id())
                    .put("weight", key.weight())
                    .put("limits", key.overall().equals(LimitConfig.NONE) ? "" : rates(key.overall()))
                    .put("secret", key.secret())
                    .put("found", isFound(key));
        }
    }

    private boolean isFound(KeyConfig key) {
        return secrets.resolve(key.secret()).isPresent();
    }

    private static String limits(LimitConfig limit) {
        return limit.models() + ": " + rates(limit);
    }

    private static String rates(LimitConfig limit) {
        List<String> parts = new ArrayList<>();
        limit.requests().forEach(rate -> parts.add("requests " + rate(rate)));
        limit.tokens().forEach(rate -> parts.add("tokens " + rate(rate)));
        limit.concurrency().ifPresent(calls -> parts.add("concurrency " + calls));
        return parts.isEmpty() ? "none" : String.join(", ", parts);
    }

    private static String rate(RateLimit rate) {
        return rate.amount() + "/" + Durations.show(rate.window()) + " " + word(rate.mode());
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String count(int number, String thing) {
        return number + " " + thing + (number == 1 ? "" : "s");
    }
}
