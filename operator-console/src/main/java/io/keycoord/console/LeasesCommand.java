package io.keycoord.console;

import io.keycoord.redis.LeaseView;
import io.keycoord.redis.PoolInspector;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code keycoord leases POOL}. */
@Command(
        name = "leases",
        description = "Lists the leases of a pool that are out, the first to expire first.",
        footer = {"", "Exit codes: 0 shown, 1 Redis did not answer, 2 there is no such pool."})
public final class LeasesCommand extends PoolCommand {
    @Override
    Shown look(PoolInspector inspector, String pool) {
        List<LeaseView> leases = inspector.leases(pool);
        long now = System.currentTimeMillis();
        Table table = new Table("LEASE", "KEY", "ACCOUNT", "WORKER", "TOKENS", "HELD FOR", "EXPIRES", "PROBE");
        leases.forEach(lease -> table.add(
                lease.id(),
                lease.key(),
                lease.account(),
                lease.worker(),
                lease.tokens(),
                lease.sinceMs() > now ? Texts.until(lease.sinceMs(), now) : age(now - lease.sinceMs()),
                lease.expiresMs() > now ? Texts.until(lease.expiresMs(), now) : "overdue",
                lease.probe() ? "yes" : ""));
        return new Shown(leases, table.toString());
    }

    private static String age(long ms) {
        return Durations.show(Duration.ofMillis(ms));
    }
}
