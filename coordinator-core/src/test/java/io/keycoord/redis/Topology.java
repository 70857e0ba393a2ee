package io.keycoord.redis;

import io.keycoord.embedded.EmbeddedCluster;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.embedded.EmbeddedSentinel;
import java.util.List;
import java.util.Set;

/** Redis servers as they are run: one, a primary behind Sentinels, a Cluster. */
interface Topology {
    String META = Keyspace.STANDARD.meta("test");

    Client.Connected connect(Client client);

    List<EmbeddedRedis> servers();

    /** The one that has the pool {@code test}. */
    EmbeddedRedis primary();

    /** How many others have a copy of it, and can take its place. */
    int replicas();

    /** Ends the primary without a warning. */
    void losePrimary();

    /** All servers run and are in sync again. */
    void heal();

    void close();

    /** One server that keeps an append-only file. */
    record Standalone(String name, EmbeddedRedis redis) implements Topology {
        static Standalone start(String name, EmbeddedRedis.Builder builder) {
            return new Standalone(name, builder.appendOnly().start());
        }

        @Override
        public Client.Connected connect(Client client) {
            return client.standalone(redis.uri());
        }

        @Override
        public List<EmbeddedRedis> servers() {
            return List.of(redis);
        }

        @Override
        public EmbeddedRedis primary() {
            return redis;
        }

        @Override
        public int replicas() {
            return 0;
        }

        @Override
        public void losePrimary() {
            redis.crash();
        }

        @Override
        public void heal() {
            if (!redis.isRunning()) {
                redis.restart();
            }
        }

        @Override
        public void close() {
            redis.close();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    record Sentinel(EmbeddedSentinel group) implements Topology {
        @Override
        public Client.Connected connect(Client client) {
            return client.sentinel(Set.copyOf(group.sentinels()), group.masterName());
        }

        @Override
        public List<EmbeddedRedis> servers() {
            return group.servers();
        }

        @Override
        public EmbeddedRedis primary() {
            return group.primary();
        }

        @Override
        public int replicas() {
            return 2;
        }

        @Override
        public void losePrimary() {
            primary().crash();
        }

        @Override
        public void heal() {
            group.heal();
        }

        @Override
        public void close() {
            group.close();
        }

        @Override
        public String toString() {
            return "sentinel";
        }
    }

    record Cluster(EmbeddedCluster cluster) implements Topology {
        @Override
        public Client.Connected connect(Client client) {
            return client.cluster(Set.copyOf(cluster.uris()));
        }

        @Override
        public List<EmbeddedRedis> servers() {
            return cluster.servers();
        }

        @Override
        public EmbeddedRedis primary() {
            return cluster.primaryOf(META);
        }

        @Override
        public int replicas() {
            return 1;
        }

        @Override
        public void losePrimary() {
            primary().crash();
        }

        @Override
        public void heal() {
            cluster.heal();
        }

        @Override
        public void close() {
            cluster.close();
        }

        @Override
        public String toString() {
            return "cluster";
        }
    }
}
