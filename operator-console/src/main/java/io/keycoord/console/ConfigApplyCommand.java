package io.keycoord.console;

import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolOperator;
import io.keycoord.redis.PoolView;
import io.keycoord.redis.Registered;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code keycoord config apply}. */
@Command(
        name = "apply",
        description = {
            "Registers the pools of a configuration, or changes them while workers run.",
            "Accounts and keys that stay keep their state. Secrets are not needed."
        },
        footer = {
            "",
            "Exit codes: 0 it holds now, 1 Redis did not answer, or has a higher revision of a pool, which then stays,",
            "2 the configuration has mistakes."
        })
final class ConfigApplyCommand implements Callable<Integer> {
    @Mixin
    private final RedisOption redis = new RedisOption();

    @Mixin
    private final FormatOption format = new FormatOption();

    @Parameters(paramLabel = "FILE", description = "the configuration")
    private Path file = Path.of("");

    @Option(names = "--pool", paramLabel = "ID", description = "only this pool; may be repeated (default: all)")
    private List<String> only = List.of();

    @Option(names = "--force", description = "also over a higher revision")
    private boolean force;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        List<PoolConfig> pools = chosen(ConfigOption.load(file));
        Map<String, Registered> applied = new LinkedHashMap<>();
        try (PoolOperator operator = redis.operator(System.getProperty("user.name", "operator"))) {
            pools.forEach(pool -> applied.put(pool.id(), force ? operator.applyOverAny(pool) : operator.apply(pool)));
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(
                format.isJson()
                        ? FormatOption.pretty(FormatOption.json().valueToTree(applied)) + "\n"
                        : table(applied));
        out.flush();
        List<PoolConfig> refused = pools.stream()
                .filter(pool -> applied.get(pool.id()) == Registered.OLDER)
                .toList();
        refused.forEach(this::tellOlder);
        return refused.isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }

    private void tellOlder(PoolConfig pool) {
        String held;
        try (PoolInspector inspector = redis.connect()) {
            held = inspector.pool(pool.id()).map(PoolView::revision).orElse("a higher one");
        }
        spec.commandLine()
                .getErr()
                .println(spec.qualifiedName() + ": pool " + pool.id() + " was not changed: its revision in " + file
                        + " is " + pool.revision().orElse(0) + ", and Redis has " + held
                        + " (--force applies it all the same)");
    }

    private List<PoolConfig> chosen(CoordinatorConfig config) {
        List<String> known = config.pools().stream().map(PoolConfig::id).toList();
        only.stream().filter(id -> !known.contains(id)).findFirst().ifPresent(id -> {
            throw new UsageException("--pool is " + id + ", expected one of " + String.join(", ", known));
        });
        return config.pools().stream()
                .filter(pool -> only.isEmpty() || only.contains(pool.id()))
                .toList();
    }

    private static String table(Map<String, Registered> applied) {
        Table table = new Table("POOL", "WAS");
        applied.forEach((pool, was) ->
                table.add(pool, was.name().toLowerCase(Locale.ROOT).replace('_', ' ')));
        return table.toString();
    }
}
