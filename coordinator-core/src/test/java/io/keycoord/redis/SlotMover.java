package io.keycoord.redis;

import io.keycoord.embedded.EmbeddedCluster;
import io.keycoord.embedded.EmbeddedRedis;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Moves the slot of the pool {@code test} in a Cluster, as its tools do, but one Redis key at a time. */
final class SlotMover {
    private final EmbeddedCluster cluster;

    SlotMover(EmbeddedCluster cluster) {
        this.cluster = cluster;
    }

    /** Another primary. */
    EmbeddedRedis another(EmbeddedRedis than) {
        return Stream.of("a", "b", "c", "d", "e", "f", "g", "h")
                .map(cluster::primaryOf)
                .filter(primary -> primary != than)
                .findFirst()
                .orElseThrow();
    }

    void move(EmbeddedRedis from, EmbeddedRedis to) {
        String slot = String.valueOf(TopologyContract.command(from, "CLUSTER", "KEYSLOT", Topology.META));
        TopologyContract.command(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", id(from));
        TopologyContract.command(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", id(to));
        // One at a time: the slot is divided for as long as possible.
        for (List<?> some = keys(from, slot); !some.isEmpty(); some = keys(from, slot)) {
            List<String> words =
                    new ArrayList<>(List.of("MIGRATE", "127.0.0.1", "" + to.port(), "", "0", "5000", "KEYS"));
            some.forEach(key -> words.add(String.valueOf(key)));
            TopologyContract.command(from, words.toArray(String[]::new));
        }
        for (EmbeddedRedis told : List.of(to, from)) {
            TopologyContract.command(told, "CLUSTER", "SETSLOT", slot, "NODE", id(to));
        }
    }

    private static List<?> keys(EmbeddedRedis from, String slot) {
        return ((List<?>) TopologyContract.command(from, "CLUSTER", "GETKEYSINSLOT", slot, "1"))
                .stream().map(SlotMover::text).toList();
    }

    private static String id(EmbeddedRedis server) {
        return text(TopologyContract.command(server, "CLUSTER", "MYID"));
    }

    static String text(Object reply) {
        return reply instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : "" + reply;
    }
}
