package io.keycoord.console;

import io.keycoord.redis.KeyChange;
import io.keycoord.redis.KeyView;
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

/** A command that changes whether a key is in service. */
public abstract class ChangeCommand implements Callable<Integer> {
    private static final String CODES =
            "Exit codes: 0 it is so now, 1 Redis did not answer, 2 there is no such pool or key.";

    @Mixin
    private final RedisOption redis = new RedisOption();

    @Mixin
    private final FormatOption format = new FormatOption();

    @Parameters(index = "0", paramLabel = "POOL", description = "the pool's id")
    private String pool = "";

    @Parameters(index = "1", paramLabel = "KEY", description = "the key's id")
    private String key = "";

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

    abstract Optional<KeyChange> change(PoolOperator operator, String pool, String key, String reason);

    @Override
    public final Integer call() {
        KeyChange change;
        try (PoolOperator operator = redis.operator(by)) {
            change = change(operator, pool, key, reason).orElseThrow(this::unknown);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--" + e.getMessage());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(format.isJson() ? FormatOption.pretty(FormatOption.json().valueToTree(json(change))) : say(change));
        out.flush();
        return ExitCode.OK;
    }

    private static Map<String, Object> json(KeyChange change) {
        return Map.of(
                "key", change.key(), "before", change.before(), "after", change.after(), "changed", change.changed());
    }

    private static String say(KeyChange change) {
        if (!change.changed()) {
            return change.key() + " is " + change.after() + " already, nothing was changed";
        }
        return change.before().equals(change.after())
                ? change.key() + " is " + change.after() + " and no longer blocked"
                : change.key() + " was " + change.before() + " and is " + change.after();
    }

    private UsageException unknown() {
        try (PoolInspector inspector = redis.connect()) {
            RedisOption.require(inspector, pool);
            return RedisOption.unknown(
                    "key", key, inspector.keys(pool).stream().map(KeyView::id).toList());
        }
    }

    /** {@code keycoord drain POOL KEY}. */
    @Command(
            name = "drain",
            description = "Gives no new leases of a key; those that are out go on.",
            footer = {"", CODES})
    public static final class Drain extends ChangeCommand {
        @Override
        Optional<KeyChange> change(PoolOperator operator, String pool, String key, String reason) {
            return operator.drain(pool, key, reason);
        }
    }

    /** {@code keycoord enable POOL KEY}. */
    @Command(
            name = "enable",
            description = "Brings a key back that was drained, disabled or resting, and forgets its errors.",
            footer = {"", CODES})
    public static final class Enable extends ChangeCommand {
        @Override
        Optional<KeyChange> change(PoolOperator operator, String pool, String key, String reason) {
            return operator.enable(pool, key, reason);
        }
    }

    /** {@code keycoord reset POOL KEY}. */
    @Command(
            name = "reset",
            description = "Enables a key, and ends the blocks of the key and its account.",
            footer = {"", "What its limits have counted stays.", "", CODES})
    public static final class Reset extends ChangeCommand {
        @Override
        Optional<KeyChange> change(PoolOperator operator, String pool, String key, String reason) {
            return operator.reset(pool, key, reason);
        }
    }
}
