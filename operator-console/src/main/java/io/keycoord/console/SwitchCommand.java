package io.keycoord.console;

import io.keycoord.redis.PoolChange;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolOperator;
import io.keycoord.redis.PoolSwitch;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code keycoord switch POOL normal|deny|open|shadow}. */
@Command(
        name = "switch",
        description = "Switches a whole pool for every worker, from their next call on.",
        footer = {
            "",
            "normal  every limit holds",
            "deny    every call is denied",
            "open    calls pass without limits, each worker with its own keys in turn; Redis records nothing",
            "shadow  decided and recorded as usual, but what is denied is called all the same, and counted",
            "",
            "Exit codes: 0 it is so now, 1 Redis did not answer, 2 there is no such pool."
        })
public final class SwitchCommand implements Callable<Integer> {
    @Mixin
    private final RedisOption redis = new RedisOption();

    @Mixin
    private final FormatOption format = new FormatOption();

    @Parameters(index = "0", paramLabel = "POOL", description = "the pool's id")
    private String pool = "";

    @Parameters(index = "1", paramLabel = "TO", description = "one of ${COMPLETION-CANDIDATES}, in any case")
    private PoolSwitch to = PoolSwitch.NORMAL;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "why, for the pool's log")
    private String reason = "";

    @Option(
            names = "--by",
            paramLabel = "NAME",
            defaultValue = "${sys:user.name}",
            description = "who, for the pool's log (default: the user's name on this machine)")
    private String by = "";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PoolChange change;
        try (PoolOperator operator = redis.operator(by)) {
            change = operator.switchTo(pool, to, reason).orElseThrow(this::unknown);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--" + e.getMessage());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(format.isJson() ? FormatOption.pretty(FormatOption.json().valueToTree(json(change))) : say(change));
        out.flush();
        return ExitCode.OK;
    }

    private static Map<String, Object> json(PoolChange change) {
        return Map.of(
                "pool", change.pool(),
                "before", change.before().word(),
                "after", change.after().word(),
                "changed", change.changed());
    }

    private static String say(PoolChange change) {
        return change.changed()
                ? change.pool() + " was " + change.before().word() + " and is "
                        + change.after().word()
                : change.pool() + " is " + change.after().word() + " already, nothing was changed";
    }

    private UsageException unknown() {
        try (PoolInspector inspector = redis.connect()) {
            RedisOption.require(inspector, pool);
            return RedisOption.unknown("pool", pool, inspector.pools());
        }
    }
}
