package io.keycoord.redis;

import io.keycoord.embedded.EmbeddedCluster;
import java.util.List;

/** The contract on a Cluster. */
class ClusterTopologyIT extends TopologyContract {
    @Override
    List<Topology> start() {
        return List.of(new Topology.Cluster(EmbeddedCluster.start()));
    }
}
