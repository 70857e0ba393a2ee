package io.keycoord.embedded;

import static io.keycoord.embedded.Admin.await;
import static io.keycoord.embedded.Admin.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/**
 * A primary, two replicas and three Sentinels on free ports of 127.0.0.1, for tests of failovers. Ready in about two
 * seconds; a primary that does not answer for a second is replaced by a replica within two to three.
 *
 * <p>Each process ends with {@link #close} or with its JVM, as {@link EmbeddedRedis} does. Nothing is kept on disk. Safe for
 * use by many threads.
 */
public final class EmbeddedSentinel implements AutoCloseable {
    private static final int REPLICAS = 2;
    private static final int SENTINELS = 3;
    private static final String MASTER_NAME = "keycoord";

    private final List<EmbeddedRedis> servers = new ArrayList<>();
    private final List<EmbeddedRedis> sentinels = new ArrayList<>();

    private EmbeddedSentinel() {}

    /**
     * Starts the group, of the same redis-server as {@link EmbeddedRedis#start}.
     *
     * @throws RedisStartException if it is not complete within a minute; nothing is left running
     */
    public static EmbeddedSentinel start() {
        EmbeddedSentinel group = new EmbeddedSentinel();
        try {
            group.startServers();
            group.startSentinels();
            return group;
        } catch (RuntimeException e) {
            group.close();
            throw e;
        }
    }

    private void startServers() {
        servers.add(server().start());
        int primary = servers.get(0).port();
        for (int i = 0; i < REPLICAS; i++) {
            servers.add(server().config("replicaof 127.0.0.1 " + primary).start());
        }
        awaitReplicas();
    }

    private static EmbeddedRedis.Builder server() {
        return EmbeddedRedis.builder().config("repl-diskless-sync-delay 0");
    }

    private void startSentinels() {
        for (int i = 0; i < SENTINELS; i++) {
            sentinels.add(EmbeddedRedis.builder()
                    .role(Role.SENTINEL)
                    .config("sentinel monitor " + MASTER_NAME + " 127.0.0.1 "
                            + servers.get(0).port() + " 2")
                    .config("sentinel down-after-milliseconds " + MASTER_NAME + " 1000")
                    .config("sentinel failover-timeout " + MASTER_NAME + " 5000")
                    .start());
        }
        awaitSentinels();
    }

    private void awaitSentinels() {
        for (EmbeddedRedis sentinel : sentinels) {
            await("each Sentinel knows all of the group, and that all is well", () -> {
                String info = text(sentinel, "INFO", "sentinel");
                String replicas = text(sentinel, "SENTINEL", "REPLICAS", MASTER_NAME);
                return info.contains("status=ok")
                        && info.contains("slaves=" + REPLICAS)
                        && info.contains("sentinels=" + SENTINELS)
                        && !replicas.contains("s_down")
                        && !replicas.contains("disconnected")
                        && !text(sentinel, "SENTINEL", "MASTER", MASTER_NAME).contains("failover_in_progress");
            });
        }
    }

    private void awaitReplicas() {
        await("all servers follow the primary", () -> {
            EmbeddedRedis primary = sentinels.isEmpty() ? servers.get(0) : primary();
            for (EmbeddedRedis server : servers) {
                if (server != primary && !isInSync(server, primary)) {
                    return false;
                }
            }
            return text(primary, "ROLE").startsWith("[master");
        });
    }

    private static boolean isInSync(EmbeddedRedis server, EmbeddedRedis primary) throws IOException {
        String info = text(server, "INFO", "replication");
        return info.contains("master_port:" + primary.port()) && info.contains("master_link_status:up");
    }

    /** By which name clients ask the Sentinels for the primary. */
    public String masterName() {
        return MASTER_NAME;
    }

    /** Where the Sentinels listen, {@code redis://127.0.0.1:port}. */
    public List<URI> sentinels() {
        return sentinels.stream().map(EmbeddedRedis::uri).toList();
    }

    /** The primary and the replicas, in the order of their first start. Crash, pause and resume them at will. */
    public List<EmbeddedRedis> servers() {
        return List.copyOf(servers);
    }

    /**
     * The server that most Sentinels call the primary; for a while after its end still the one that is gone.
     *
     * @throws UncheckedIOException if a Sentinel does not answer
     */
    public EmbeddedRedis primary() {
        List<Integer> ports =
                sentinels.stream().map(EmbeddedSentinel::primaryPort).sorted().toList();
        // Of three numbers in order, the middle one is that of the majority.
        int port = ports.get(ports.size() / 2);
        return servers.stream()
                .filter(server -> server.port() == port)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("port " + port + " is none of the group"));
    }

    private static int primaryPort(EmbeddedRedis sentinel) {
        try {
            return Admin.port(Admin.ask(sentinel, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER_NAME));
        } catch (IOException e) {
            throw new UncheckedIOException(sentinel + " does not answer", e);
        }
    }

    /**
     * Starts the servers again that have crashed, as replicas of the present primary, and returns when all are in sync and all
     * Sentinels agree.
     *
     * @throws RedisStartException if that takes more than a minute
     */
    public void heal() {
        await("the primary runs", () -> primary().isRunning());
        for (EmbeddedRedis server : servers) {
            if (!server.isRunning()) {
                // Started as a primary it would be an empty one, until the Sentinels notice.
                server.restart("replicaof 127.0.0.1 " + primary().port());
            }
        }
        // The Sentinels may change their minds once more; then they also tell the replicas.
        awaitSentinels();
        awaitReplicas();
    }

    /** Ends all processes. May be called twice. */
    @Override
    public void close() {
        Admin.close(sentinels);
        Admin.close(servers);
    }
}
