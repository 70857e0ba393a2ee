package io.keycoord.redis;

import io.keycoord.embedded.EmbeddedSentinel;
import java.util.List;

/** The contract behind Sentinels. */
class SentinelTopologyIT extends TopologyContract {
    @Override
    List<Topology> start() {
        return List.of(new Topology.Sentinel(EmbeddedSentinel.start()));
    }
}
