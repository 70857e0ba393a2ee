package io.keycoord.console;

import io.keycoord.Outcome;
import io.keycoord.ReportedLimit;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.Secrets;
import io.keycoord.redis.PoolOperator;
import io.keycoord.sdk.Credits;
import io.keycoord.sdk.KeyReport;
import io.keycoord.sdk.call.CallOptions;
import io.keycoord.sdk.okhttp.KeyInspector;
import io.keycoord.sdk.okhttp.KeyInspector.Inspected;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code keycoord limits POOL}. */
@Command(
        name = "limits",
        description = "Asks the provider about every key of a pool: what it may spend and has spent.",
        footer = {
            "",
            "Needs the secrets of the keys. BALANCE is the money of the account, in US dollars, where the key is told. With --apply the workers learn from it: keys whose own limit is spent rest until",
            "it is renewed, and an account has no more requests for free models today than the provider says.",
            "",
            "Exit codes: 0 all keys answered, 1 some did not, or Redis did not take it; 2 the configuration or its pool is",
            "wrong, or its provider tells nothing about keys."
        })
public final class LimitsCommand implements Callable<Integer> {
    private static final String FREE = ":free";
    private static final int FIGURES = 13;
    private static final Duration AT_MOST = Duration.ofMinutes(5);

    @Mixin
    private final ConfigOption config = new ConfigOption();

    @Mixin
    private final FormatOption format = new FormatOption();

    @Option(names = "--apply", description = "tell the workers, through Redis")
    private boolean apply;

    @Option(
            names = "--rules",
            paramLabel = "FILE",
            description = "rules of your own, which say how the provider is asked")
    private @Nullable Path rules;

    @Mixin
    private final RedisOption redis = new RedisOption();

    @Parameters(index = "0", paramLabel = "POOL", description = "the pool's id")
    private String pool = "";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PoolConfig chosen = chosen(config.load());
        List<Inspected> keys = inspector(chosen).inspect(AT_MOST);
        PrintWriter out = spec.commandLine().getOut();
        out.print(format.isJson() ? json(keys) + "\n" : table(keys));
        out.flush();
        boolean taken = !apply || applied(chosen, keys);
        return taken && keys.stream().allMatch(key -> key.problem().isEmpty()) ? ExitCode.OK : ExitCode.FAILED;
    }

    private PoolConfig chosen(CoordinatorConfig all) {
        return all.pools().stream()
                .filter(each -> each.id().equals(pool))
                .findFirst()
                .orElseThrow(() -> new UsageException("POOL is " + pool + ", expected one of "
                        + String.join(
                                ", ", all.pools().stream().map(PoolConfig::id).toList())));
    }

    private KeyInspector inspector(PoolConfig pool) {
        try {
            CallOptions options = CallOptions.standard();
            return KeyInspector.of(pool, Secrets.standard(), rules == null ? options : options.withRules(rules));
        } catch (IllegalArgumentException e) {
            throw new UsageException("" + e.getMessage());
        }
    }

    /** Whether Redis knows all of the keys. */
    private boolean applied(PoolConfig chosen, List<Inspected> keys) {
        Instant now = Instant.now();
        boolean taken = true;
        try (PoolOperator operator = redis.operator("keycoord limits")) {
            for (Inspected key : keys) {
                if (key.report().isPresent()
                        && !tell(operator, chosen, key, key.report().get(), now)) {
                    spec.commandLine()
                            .getErr()
                            .println("keycoord limits: this Redis has no key " + key.key() + " in pool " + pool);
                    taken = false;
                }
            }
        }
        return taken;
    }

    private boolean tell(PoolOperator operator, PoolConfig chosen, Inspected key, KeyReport report, Instant now) {
        Duration rest = report.rest(now).map(Outcome.Block::duration).orElse(Duration.ZERO);
        List<ReportedLimit> free = report.freeModelsToday().stream().toList();
        String models = chosen.accounts().stream()
                .filter(account -> account.id().equals(key.account()))
                .flatMap(account -> account.limits().stream())
                .map(LimitConfig::models)
                .filter(pattern -> pattern.endsWith(FREE))
                .findFirst()
                .orElse("");
        return operator.report(pool, key.key(), rest, models, free);
    }

    private static String json(List<Inspected> keys) {
        Instant now = Instant.now();
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (Inspected key : keys) {
            Map<String, @Nullable Object> row = new LinkedHashMap<>();
            row.put("key", key.key());
            row.put("account", key.account());
            key.report().ifPresent(report -> row.putAll(figures(report, key.credits(), now)));
            key.problem().ifPresent(problem -> row.put("problem", problem));
            rows.add(row);
        }
        return FormatOption.pretty(FormatOption.json().valueToTree(rows));
    }

    private static String table(List<Inspected> keys) {
        Instant now = Instant.now();
        Table table = new Table(
                "KEY",
                "ACCOUNT",
                "LABEL",
                "REQUESTS",
                "INTERVAL",
                "USAGE",
                "LIMIT",
                "REMAINING",
                "RESET",
                "FREE TIER",
                "FREE USED",
                "FREE LIMIT",
                "FREE LEFT",
                "SPENT UNTIL",
                "BALANCE",
                "PROBLEM");
        for (Inspected key : keys) {
            List<Object> cells = new ArrayList<>(List.of(key.key(), key.account()));
            key.report()
                    .ifPresentOrElse(
                            report -> figures(report, key.credits(), now)
                                    .values()
                                    .forEach(value -> cells.add(shown(value))),
                            () -> cells.addAll(Collections.nCopies(FIGURES, "")));
            cells.add(key.problem().orElse(""));
            table.add(cells.toArray());
        }
        return table.toString();
    }

    /** The columns in their order; null for what the provider did not tell. */
    private static Map<String, @Nullable Object> figures(KeyReport report, Optional<Credits> credits, Instant now) {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        put(figures, "label", report.label());
        put(figures, "requests", report.requests());
        put(figures, "interval", report.interval());
        put(figures, "usage", report.usage().map(LimitsCommand::plain));
        put(figures, "limit", report.limit().map(LimitsCommand::plain));
        put(figures, "remaining", report.remaining().map(LimitsCommand::plain));
        put(figures, "reset", report.reset());
        put(figures, "freeTier", report.freeTier());
        put(figures, "freeUsed", report.freeUsed());
        put(figures, "freeLimit", report.freeLimit());
        put(figures, "freeRemaining", report.freeRemaining());
        put(
                figures,
                "spentUntil",
                report.rest(now).map(rest -> now.plus(rest.duration()).toString()));
        put(figures, "balance", credits.map(Credits::balance).map(LimitsCommand::plain));
        return figures;
    }

    private static void put(Map<String, @Nullable Object> figures, String name, Optional<?> value) {
        figures.put(name, value.orElse(null));
    }

    private static Object shown(@Nullable Object value) {
        return value instanceof BigDecimal money ? money.toPlainString() : String.valueOf(value);
    }

    private static BigDecimal plain(BigDecimal money) {
        BigDecimal stripped = money.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }
}
