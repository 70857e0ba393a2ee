package io.keycoord.console;

import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolView;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;

/** {@code keycoord pools}. */
@Command(name = "pools", description = "Lists the pools that a Redis knows.")
public final class PoolsCommand extends InspectCommand {
    @Override
    Shown look(PoolInspector inspector) {
        List<PoolView> pools = inspector.pools().stream()
                .map(inspector::pool)
                .flatMap(Optional::stream)
                .toList();
        Table table = new Table(
                "POOL",
                "STRATEGY",
                "SWITCH",
                "ACCOUNTS",
                "KEYS",
                "LEASES",
                "OVERDUE",
                "WAITING",
                "REAPED",
                "OPERATIONS",
                "REVISION");
        pools.forEach(pool -> table.add(
                pool.id(),
                pool.strategy(),
                pool.switchedTo(),
                pool.accounts(),
                pool.keys(),
                pool.leases(),
                pool.overdue(),
                pool.waiting(),
                pool.reaped(),
                pool.operations(),
                pool.revision()));
        return new Shown(pools, table.toString());
    }
}
