package io.keycoord.console;

import io.keycoord.redis.PoolChange;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolOperator;
import io.keycoord.redis.PoolSwitch;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

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
public final class SwitchCommand extends AuditedCommand<PoolChange> {
    @Parameters(index = "1", paramLabel = "TO", description = "one of ${COMPLETION-CANDIDATES}, in any case")
    private PoolSwitch to = PoolSwitch.NORMAL;

    @Override
    Optional<PoolChange> change(PoolOperator operator, String pool, String reason) {
        return operator.switchTo(pool, to, reason);
    }

    @Override
    Map<String, Object> json(PoolChange change) {
        return Map.of(
                "pool", change.pool(),
                "before", change.before().word(),
                "after", change.after().word(),
                "changed", change.changed());
    }

    @Override
    String say(PoolChange change) {
        return change.changed()
                ? change.pool() + " was " + change.before().word() + " and is "
                        + change.after().word()
                : change.pool() + " is " + change.after().word() + " already, nothing was changed";
    }

    @Override
    UsageException unknown(PoolInspector inspector, String pool) {
        return RedisOption.unknown("pool", pool, inspector.pools());
    }
}
