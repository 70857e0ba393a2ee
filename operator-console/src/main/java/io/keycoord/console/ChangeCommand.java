package io.keycoord.console;

import io.keycoord.redis.KeyChange;
import io.keycoord.redis.KeyView;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolOperator;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** A command that changes whether a key is in service. */
public abstract class ChangeCommand extends AuditedCommand<KeyChange> {
    private static final String CODES =
            "Exit codes: 0 it is so now, 1 Redis did not answer, 2 there is no such pool or key.";

    @Parameters(index = "1", paramLabel = "KEY", description = "the key's id")
    private String key = "";

    abstract Optional<KeyChange> change(PoolOperator operator, String pool, String key, String reason);

    @Override
    final Optional<KeyChange> change(PoolOperator operator, String pool, String reason) {
        return change(operator, pool, key, reason);
    }

    @Override
    final Map<String, Object> json(KeyChange change) {
        return Map.of(
                "key", change.key(), "before", change.before(), "after", change.after(), "changed", change.changed());
    }

    @Override
    String say(KeyChange change) {
        if (!change.changed()) {
            return change.key() + " is " + change.after() + " already, nothing was changed";
        }
        return change.before().equals(change.after())
                ? change.key() + " is " + change.after() + " and no longer blocked"
                : change.key() + " was " + change.before() + " and is " + change.after();
    }

    @Override
    final UsageException unknown(PoolInspector inspector, String pool) {
        return RedisOption.unknown(
                "key", key, inspector.keys(pool).stream().map(KeyView::id).toList());
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

    /** {@code keycoord rotate POOL KEY}. */
    @Command(
            name = "rotate",
            description = "Tells that a key has a new secret: it is back in service, unless it is drained.",
            footer = {
                "",
                "For when the workers have the new secret, which they see for themselves. What calls bring that are still",
                "under way with the old one counts no longer.",
                "",
                CODES
            })
    public static final class Rotate extends ChangeCommand {
        @Override
        Optional<KeyChange> change(PoolOperator operator, String pool, String key, String reason) {
            return operator.rotate(pool, key, reason);
        }

        @Override
        String say(KeyChange change) {
            return change.key() + " was " + change.before() + " and is " + change.after() + " with its new secret";
        }
    }
}
