package io.keycoord.redis;

import io.keycoord.embedded.EmbeddedSentinel;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * The contract behind Sentinels. Each client has a group of its own: Sentinels ask their servers every ten seconds only, and a
 * second failover before that may be done twice.
 */
class SentinelTopologyIT extends TopologyContract {
    @Override
    List<Topology> start() {
        return Stream.of(Client.values())
                .<Topology>map(client -> new Topology.Sentinel(EmbeddedSentinel.start()))
                .toList();
    }

    @Override
    Stream<Arguments> places() {
        Iterator<Topology> groups = topologies.iterator();
        return Stream.of(Client.values()).map(client -> Arguments.of(groups.next(), client));
    }
}
