package io.keycoord.config;

import java.util.List;
import java.util.Optional;

/**
 * The pools a worker may lease from.
 *
 * @param pools at least one, with distinct ids
 */
public record CoordinatorConfig(List<PoolConfig> pools) {

    public CoordinatorConfig {
        pools = List.copyOf(pools);
    }

    public Optional<PoolConfig> pool(String id) {
        return pools.stream().filter(pool -> pool.id().equals(id)).findFirst();
    }
}
