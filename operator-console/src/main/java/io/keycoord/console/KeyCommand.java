package io.keycoord.console;

import io.keycoord.redis.KeyView;
import io.keycoord.redis.LimitView;
import io.keycoord.redis.PoolInspector;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code keycoord key POOL ID}. */
@Command(
        name = "key",
        description = "Shows one key of a pool with all its limits.",
        footer = {"", "Exit codes: 0 shown, 1 Redis did not answer, 2 there is no such pool or key."})
public final class KeyCommand extends PoolCommand {
    @Parameters(index = "1", paramLabel = "ID", description = "the key's id")
    private String id = "";

    @Override
    Shown look(PoolInspector inspector, String pool) {
        List<KeyView> keys = inspector.keys(pool);
        KeyView key = keys.stream()
                .filter(each -> each.id().equals(id))
                .findFirst()
                .orElseThrow(() -> RedisOption.unknown(
                        "key", id, keys.stream().map(KeyView::id).toList()));
        return new Shown(key, facts(key) + "\n" + limits(key));
    }

    private static String facts(KeyView key) {
        long now = System.currentTimeMillis();
        Table table = new Table("KEY", key.id());
        table.add("account", key.account());
        table.add("state", key.state());
        table.add("why", key.why());
        table.add("since", Texts.time(key.sinceMs()));
        table.add("rests", Texts.until(key.untilMs(), now));
        table.add("blocked", Texts.until(key.blockedUntilMs(), now));
        table.add("chosen last", Texts.until(key.degradedUntilMs(), now));
        table.add("slowed", key.slowed());
        table.add("waits for", key.waitsFor());
        table.add(
                "in flight",
                key.inFlight() + ", with its account " + key.accountInFlight()
                        + (key.slots() == 0 ? "" : " of " + key.slots()));
        table.add("errors", key.errorsInWindow() + " in the window");
        table.add("calls", key.callsOk() + " answered, " + key.callsFailed() + " failed");
        table.add("latency", key.latencyMs() + "ms");
        return table.toString();
    }

    private static String limits(KeyView key) {
        Table table = new Table("LIMIT OF", "MODELS", "DIMENSION", "LEFT", "LIMIT", "PER");
        for (LimitView limit : key.limits()) {
            table.add(
                    limit.owner(),
                    limit.models(),
                    limit.dimension(),
                    limit.left(),
                    limit.limit(),
                    Durations.show(Duration.ofMillis(limit.periodMs())));
        }
        return table.toString();
    }
}
