package io.keycoord.embedded;

import static io.keycoord.embedded.Admin.await;
import static io.keycoord.embedded.Admin.isReplicaInSync;
import static io.keycoord.embedded.Admin.tell;
import static io.keycoord.embedded.Admin.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * A Redis Cluster of three primaries and three replicas on free ports of 127.0.0.1, for tests. Ready in about two seconds;
 * a primary that does not answer is replaced by its replica within three to four.
 *
 * <p>Each process ends with {@link #close} or with its JVM, as {@link EmbeddedRedis} does. Nothing is kept on disk. Safe for
 * use by many threads.
 */
public final class EmbeddedCluster implements AutoCloseable {
    private static final int PRIMARIES = 3;
    private static final int SLOTS = 16_384;

    private final List<EmbeddedRedis> servers = new ArrayList<>();

    private EmbeddedCluster() {}

    /**
     * Starts the cluster, of the same redis-server as {@link EmbeddedRedis#start}; it must be Redis 7 or newer, or Valkey.
     *
     * @throws RedisStartException if it is not complete within a minute; nothing is left running
     */
    public static EmbeddedCluster start() {
        EmbeddedCluster cluster = new EmbeddedCluster();
        try {
            cluster.startServers();
            cluster.join();
            cluster.replicate();
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void startServers() {
        for (int i = 0; i < 2 * PRIMARIES; i++) {
            servers.add(EmbeddedRedis.builder()
                    .role(Role.CLUSTER_NODE)
                    .config("cluster-node-timeout 1500")
                    .config("cluster-replica-validity-factor 0")
                    .config("cluster-allow-replica-migration no")
                    .config("repl-diskless-sync-delay 0")
                    .start());
        }
    }

    private void join() {
        for (int i = 0; i < servers.size(); i++) {
            // Epochs that differ from the start need no vote to become so.
            tell(servers.get(i), "CLUSTER", "SET-CONFIG-EPOCH", i + 1);
        }
        for (int i = 0; i < PRIMARIES; i++) {
            tell(servers.get(i), "CLUSTER", "ADDSLOTSRANGE", SLOTS * i / PRIMARIES, SLOTS * (i + 1) / PRIMARIES - 1);
        }
        EmbeddedRedis first = servers.get(0);
        for (EmbeddedRedis server : servers.subList(1, servers.size())) {
            tell(server, "CLUSTER", "MEET", "127.0.0.1", first.port(), first.busPort());
        }
        for (EmbeddedRedis server : servers) {
            await(
                    "each server knows all of the cluster",
                    () -> nodes(server).stream()
                                    .filter(node -> !node.contains("handshake"))
                                    .count()
                            == servers.size());
        }
    }

    private void replicate() {
        for (int i = 0; i < PRIMARIES; i++) {
            EmbeddedRedis replica = servers.get(PRIMARIES + i);
            EmbeddedRedis primary = servers.get(i);
            await(
                    replica + " replicates " + primary,
                    () -> text(replica, "CLUSTER", "REPLICATE", text(primary, "CLUSTER", "MYID"))
                            .equals("OK"));
        }
        awaitHealth();
    }

    private void awaitHealth() {
        for (EmbeddedRedis server : servers) {
            await("the servers agree on three primaries and three replicas", () -> isHealthy(server));
        }
    }

    private boolean isHealthy(EmbeddedRedis server) throws IOException {
        List<String> nodes = nodes(server);
        boolean isReplica = text(server, "ROLE").startsWith("[slave");
        return text(server, "CLUSTER", "INFO").contains("cluster_state:ok")
                && nodes.stream().noneMatch(node -> node.contains("fail"))
                && nodes.stream().filter(node -> node.contains("slave")).count() == PRIMARIES
                && (!isReplica || isReplicaInSync(server));
    }

    private static List<String> nodes(EmbeddedRedis server) throws IOException {
        return text(server, "CLUSTER", "NODES").lines().toList();
    }

    /** Where the servers listen, {@code redis://127.0.0.1:port}; each of them tells a client of all. */
    public List<URI> uris() {
        return servers.stream().map(EmbeddedRedis::uri).toList();
    }

    /** First the three that were the primaries at the start. Crash, pause and resume them at will. */
    public List<EmbeddedRedis> servers() {
        return List.copyOf(servers);
    }

    /**
     * The primary whose slot a Redis key lies in; for a while after its end still the one that is gone.
     *
     * @throws UncheckedIOException if no server answers
     */
    public EmbeddedRedis primaryOf(String redisKey) {
        IOException last = new IOException("no server runs");
        for (EmbeddedRedis server : servers) {
            try {
                if (server.isRunning()) {
                    return primaryOf(redisKey, server);
                }
            } catch (IOException e) {
                last = e;
            }
        }
        throw new UncheckedIOException("no server of the cluster answers", last);
    }

    private EmbeddedRedis primaryOf(String redisKey, EmbeddedRedis asked) throws IOException {
        int slot = Integer.parseInt(text(asked, "CLUSTER", "KEYSLOT", redisKey));
        for (Object each : (List<?>) Admin.ask(asked, "CLUSTER", "SLOTS")) {
            List<?> range = (List<?>) each;
            if (slot >= (Long) range.get(0) && slot <= (Long) range.get(1)) {
                int port = Admin.port(range.get(2));
                return servers.stream()
                        .filter(server -> server.port() == port)
                        .findFirst()
                        .orElseThrow(() -> new IOException("port " + port + " is none of the cluster"));
            }
        }
        throw new IOException("nobody serves slot " + slot);
    }

    /**
     * Starts the servers again that have crashed, and returns when all are in sync.
     *
     * @throws RedisStartException if they are not within a minute
     */
    public void heal() {
        servers.stream().filter(server -> !server.isRunning()).forEach(EmbeddedRedis::restart);
        awaitHealth();
    }

    /** Ends all processes. May be called twice. */
    @Override
    public void close() {
        Admin.close(servers);
    }
}
