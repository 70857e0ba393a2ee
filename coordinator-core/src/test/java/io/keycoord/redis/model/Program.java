package io.keycoord.redis.model;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.PoolConfig;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A pool and what is done with it.
 *
 * @param seed what the generator made it from
 * @param start {@code full} or {@code empty}, as in {@code lua/register.lua}
 */
record Program(long seed, PoolConfig config, String start, List<Step> steps) {

    Program {
        steps = List.copyOf(steps);
    }

    Program with(List<Step> others) {
        return new Program(seed, config, start, others);
    }

    Program with(PoolConfig other) {
        return new Program(seed, other, start, steps);
    }

    @Override
    public String toString() {
        String accounts =
                config.accounts().stream().map(AccountConfig::toString).collect(Collectors.joining("\n  ", "\n  ", ""));
        String listed = steps.stream().map(Step::toString).collect(Collectors.joining("\n  ", "\n  ", ""));
        return "seed " + seed + ", " + config.strategy() + ", " + config.whenAllUnhealthy() + ", " + config.breaker()
                + ", starts " + start + accounts + listed;
    }
}
