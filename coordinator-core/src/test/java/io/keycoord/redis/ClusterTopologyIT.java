package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.embedded.EmbeddedCluster;
import io.keycoord.embedded.EmbeddedRedis;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract on a Cluster, and what only a Cluster does. */
class ClusterTopologyIT extends TopologyContract {
    private static final int MOVES = 4;

    private final EmbeddedCluster cluster = EmbeddedCluster.start();
    private final SlotMover mover = new SlotMover(cluster);

    @Override
    List<Topology> start() {
        return List.of(new Topology.Cluster(cluster));
    }

    @ParameterizedTest
    @MethodSource("places")
    void aSlotMovesWhileLeasesAreTaken(Topology topology, Client client) {
        RedisKeyCoordinator keys = coordinator(topology, client, scripts -> scripts);
        Load load = new Load(keys);
        await().atMost(LIMIT).until(() -> load.granted() > 100);
        EmbeddedRedis from = topology.primary();
        EmbeddedRedis to = mover.another(from);

        for (int i = 0; i < MOVES; i++) {
            mover.move(i % 2 == 0 ? from : to, i % 2 == 0 ? to : from);
        }
        load.mark();

        await().atMost(LIMIT).until(() -> load.grantedAfterMark() > 100);
        load.stop();
        assertThat(topology.primary()).isSameAs(from);
        System.out.printf(
                "%s, %s: slot moved four times with %d leases out, %d calls failed, slowest call %d ms%n",
                topology, client, load.granted(), load.failures().size(), load.slowestMs());
        assertThat(load.failures()).isEmpty();
        assertThat(load.leases()).allMatch(Lease::renew);
        // A settlement that failed is repeated.
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(field(topology, "in_flight")).isEqualTo("" + load.granted()));
        load.leases().forEach(lease -> lease.settle(Outcome.successWithoutUsage()));
        assertHoldsNothing(topology);
    }

    /** A client for one server that is given one of a Cluster. */
    @Test
    void aClientThatCannotFollowIsToldSo() {
        EmbeddedRedis wrong = mover.another(cluster.primaryOf(Topology.META));
        for (Client client : Client.values()) {
            try (Client.Connected connected = client.standalone(wrong.uri())) {
                ScriptRunner scripts = connected.scripts().apply(Duration.ofMillis(100));

                StoreUnavailableException failure = catchThrowableOfType(
                        StoreUnavailableException.class, () -> scripts.run(Script.POOLS, Topology.META, List.of("")));

                assertThat(failure).as(client.name()).hasMessageContaining("MOVED");
            }
        }
    }
}
