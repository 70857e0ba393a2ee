package io.keycoord.console;

import io.keycoord.redis.PoolInspector;
import picocli.CommandLine.Parameters;

/** A command that shows something of one pool. */
abstract class PoolCommand extends InspectCommand {
    @Parameters(index = "0", paramLabel = "POOL", description = "the pool's id")
    private String pool = "";

    /** Looks into a pool that is there. */
    abstract Shown look(PoolInspector inspector, String id);

    @Override
    final Shown look(PoolInspector inspector) {
        RedisOption.require(inspector, pool);
        return look(inspector, pool);
    }
}
