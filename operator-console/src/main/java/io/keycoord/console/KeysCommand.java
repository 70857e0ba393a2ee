package io.keycoord.console;

import io.keycoord.redis.KeyView;
import io.keycoord.redis.PoolInspector;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code keycoord keys POOL}. */
@Command(
        name = "keys",
        description = "Lists the keys of a pool: state, calls in flight, what their limits have left.",
        footer = {"", "Exit codes: 0 shown, 1 Redis did not answer, 2 there is no such pool."})
public final class KeysCommand extends PoolCommand {
    @Override
    Shown look(PoolInspector inspector, String pool) {
        List<KeyView> keys = inspector.keys(pool);
        Table table = new Table(
                "KEY",
                "ACCOUNT",
                "STATE",
                "UNTIL",
                "IN FLIGHT",
                "REQUESTS LEFT",
                "TOKENS LEFT",
                "MONEY LEFT",
                "ERRORS",
                "OK",
                "FAILED",
                "LATENCY",
                "WAITS FOR",
                "WHY");
        long now = System.currentTimeMillis();
        keys.forEach(key -> table.add(
                key.id(),
                key.account(),
                key.state(),
                Texts.until(Math.max(key.untilMs(), key.blockedUntilMs()), now),
                key.slots() == 0 ? key.inFlight() : key.inFlight() + " of " + key.slots(),
                Texts.left(key, "requests"),
                Texts.left(key, "tokens"),
                Texts.left(key, "money"),
                key.errorsInWindow(),
                key.callsOk(),
                key.callsFailed(),
                key.latencyMs() + "ms",
                key.waitsFor(),
                why(key, now)));
        return new Shown(keys, table.toString());
    }

    /** What has taken a key out of service is said before what only makes it the last choice. */
    private static String why(KeyView key, long now) {
        return key.state().equals("CLOSED") && key.degradedUntilMs() > now ? "degraded" : key.why();
    }
}
