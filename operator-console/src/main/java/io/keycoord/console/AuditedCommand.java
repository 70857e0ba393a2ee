package io.keycoord.console;

import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolOperator;
import java.io.PrintWriter;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * A command that changes something in a pool, and says in the pool's log who did so and why.
 *
 * @param <C> what was changed
 */
@Command
public abstract class AuditedCommand<C> implements Callable<Integer> {
    @Mixin
    private final RedisOption redis = new RedisOption();

    @Mixin
    private final FormatOption format = new FormatOption();

    @Parameters(index = "0", paramLabel = "POOL", description = "the pool's id")
    private String pool = "";

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

    /** Makes the change; empty if the pool is unknown, or what was to be changed in it. */
    abstract Optional<C> change(PoolOperator operator, String pool, String reason);

    abstract Map<String, Object> json(C change);

    abstract String say(C change);

    /** What to say of an unknown name; the pool itself is known if {@link RedisOption#require} does not throw. */
    abstract UsageException unknown(PoolInspector inspector, String pool);

    @Override
    public final Integer call() {
        C change;
        try (PoolOperator operator = redis.operator(by)) {
            change = change(operator, pool, reason).orElseThrow(this::unknown);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--" + e.getMessage());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(format.isJson() ? FormatOption.pretty(FormatOption.json().valueToTree(json(change))) : say(change));
        out.flush();
        return ExitCode.OK;
    }

    private UsageException unknown() {
        try (PoolInspector inspector = redis.connect()) {
            RedisOption.require(inspector, pool);
            return unknown(inspector, pool);
        }
    }
}
