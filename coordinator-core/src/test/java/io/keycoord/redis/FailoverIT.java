package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static io.keycoord.redis.TopologyContract.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.config.Durability;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.embedded.EmbeddedCluster;
import io.keycoord.embedded.EmbeddedRedis;
import io.keycoord.embedded.EmbeddedSentinel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the callers of several workers see who want more than there is, while primaries are lost and slots move. */
@Tag("proof")
class FailoverIT {
    private static final boolean LONG = Boolean.getBoolean("keycoord.long");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int WORKERS = 3;
    private static final int PER_SECOND = 40;
    private static final int HELD = 10;
    private static final int MOVES = 4;
    private static final Duration LEASE_TTL = Duration.ofSeconds(15);

    /** The aim is two seconds, on a machine that has nothing else to do. */
    private static final long LONGEST_BACK_MS = 15_000;

    private static final long SETTLED_NANOS = TimeUnit.MILLISECONDS.toNanos(LONGEST_BACK_MS);

    private final List<AutoCloseable> open = new ArrayList<>();
    private final LogLines log = new LogLines(Settlement.class);

    @AfterEach
    void close() throws Exception {
        log.close();
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private <T extends AutoCloseable> T opened(T thing) {
        open.add(0, thing);
        return thing;
    }

    private static PoolConfig pool(Durability durability) {
        return headroom(solo("a", requests(RateLimit.perSecond(PER_SECOND)).withConcurrency(100)))
                .withLeaseTtl(LEASE_TTL)
                .withDurability(durability);
    }

    private List<RedisKeyCoordinator> workers(
            Topology topology, Client client, Durability durability, Duration failoverWait) {
        return Stream.generate(() -> worker(topology, client, durability, failoverWait))
                .limit(WORKERS)
                .toList();
    }

    private RedisKeyCoordinator worker(Topology topology, Client client, Durability durability, Duration failoverWait) {
        RedisKeyCoordinatorBuilder builder = CoordinatorTest.builder(
                        pool(durability), topology.primary().uri())
                .failoverWait(failoverWait);
        opened(topology.connect(client)).brought().accept(builder);
        return opened(builder.build());
    }

    private static void run(Duration time) {
        long until = System.nanoTime() + time.toNanos();
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(10)).until(() -> System.nanoTime() - until >= 0);
    }

    private static List<Lease> hold(RedisKeyCoordinator worker) {
        return Stream.generate(() -> worker.acquire(ONE)).limit(HELD).toList();
    }

    /** Slots are those of the leases that are held; settlements that were lost come back when their leases expire. */
    private static void assertSlots(Topology topology, RedisKeyCoordinator worker, int held) {
        await().atMost(LIMIT).untilAsserted(() -> {
            worker.acquire(ONE).settle(Outcome.unused());
            assertThat(TopologyContract.field(topology, "in_flight")).isEqualTo("" + held);
            assertThat(TopologyContract.command(topology.primary(), "ZCARD", "keycoord:{test}:leases"))
                    .isEqualTo(1L + held);
        });
    }

    static Stream<Arguments> failovers() {
        return Stream.of("sentinel", "cluster")
                .flatMap(kind -> Stream.of(Client.values())
                        .flatMap(client -> Stream.of(Durability.NONE, Durability.REPLICA)
                                .filter(durability -> LONG || isUsual(kind, client, durability))
                                .map(durability -> Arguments.of(kind, client, durability))));
    }

    /** Each kind, each client and each durability once with each other. */
    private static boolean isUsual(String kind, Client client, Durability durability) {
        boolean plain = durability == Durability.NONE;
        return plain == (kind.equals("sentinel") == (client == Client.JEDIS));
    }

    private Topology start(String kind) {
        Topology topology = kind.equals("cluster")
                ? new Topology.Cluster(EmbeddedCluster.start())
                : new Topology.Sentinel(EmbeddedSentinel.start());
        opened(topology::close);
        return topology;
    }

    @ParameterizedTest
    @MethodSource("failovers")
    void aPrimaryIsLost(String kind, Client client, Durability durability) {
        Topology topology = start(kind);
        List<RedisKeyCoordinator> workers = workers(topology, client, durability, Duration.ofSeconds(1));
        List<Lease> held = hold(workers.get(0));
        TopologyContract.command(topology.primary(), "WAIT", "1", "10000");
        Crowd crowd = new Crowd(workers);
        run(Duration.ofMillis(1_500));

        EmbeddedRedis lost = topology.primary();
        long lostAt = System.nanoTime();
        lost.crash();
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(5)).until(() -> isReplaced(topology, lost));
        long replacedAt = System.nanoTime();
        boolean alone = topology.replicas() == 1 && durability == Durability.REPLICA;
        if (alone) {
            // The new primary has no replica, and so the pool nothing to give.
            topology.heal();
        }
        long completeAt = System.nanoTime();
        await().atMost(LIMIT).until(() -> crowd.grantsAfter(completeAt) > 0);
        run(Duration.ofMillis(2_500));
        crowd.stop();

        long back = crowd.millisToFirstGrant(alone ? completeAt : replacedAt);
        long unknown = log.at(Level.WARN).stream()
                .filter(line -> line.contains("answered UNKNOWN"))
                .count();
        System.out.printf(
                "figure: %s, %s, durability %s: primary killed under %d workers; new one after %d ms, leases %d ms later%s;"
                        + " %d requests failed meanwhile, slowest call %d ms; %d leases used, most in a second %d (limit %d),"
                        + " %d of them forgotten%n",
                kind,
                client,
                durability,
                WORKERS,
                TimeUnit.NANOSECONDS.toMillis(replacedAt - lostAt),
                back,
                alone ? " than its first replica" : "",
                crowd.failures().size(),
                crowd.slowestMs(),
                crowd.settled(),
                crowd.mostInASecond(),
                PER_SECOND,
                unknown);
        assertThat(back).as("ms until leases were given again").isLessThan(LONGEST_BACK_MS);
        assertThat(crowd.failures()).allMatch(Crowd.Failure::isOfTheStore);
        assertThat(crowd.failuresOutside(lostAt, completeAt + SETTLED_NANOS)).isEmpty();
        if (durability == Durability.REPLICA) {
            // Of several replicas, the one that takes over may be another than the one that has acknowledged.
            assertThat(unknown).as("leases that were forgotten").isLessThanOrEqualTo(topology.replicas() == 1 ? 0 : 3);
            assertThat(crowd.mostInASecond()).isLessThanOrEqualTo(PER_SECOND + (int) unknown);
        }
        assertThat(crowd.mostInASecond()).isLessThanOrEqualTo(2 * PER_SECOND);
        assertThat(held).as("leases that replicas had").allMatch(Lease::renew);
        assertSlots(topology, workers.get(1), HELD);
        held.forEach(lease -> lease.settle(Outcome.unused()));
        assertSlots(topology, workers.get(1), 0);
    }

    private static boolean isReplaced(Topology topology, EmbeddedRedis lost) {
        EmbeddedRedis now = topology.primary();
        return now != lost
                && SlotMover.text(TopologyContract.command(now, "INFO", "replication"))
                        .contains("role:master");
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void aSlotMoves(Client client) {
        EmbeddedCluster cluster = opened(EmbeddedCluster.start());
        Topology topology = new Topology.Cluster(cluster);
        SlotMover mover = new SlotMover(cluster);
        Durability durability = client == Client.JEDIS ? Durability.REPLICA : Durability.NONE;
        List<RedisKeyCoordinator> workers = workers(topology, client, durability, LIMIT);
        List<Lease> held = hold(workers.get(0));
        Crowd crowd = new Crowd(workers);
        run(Duration.ofSeconds(1));
        EmbeddedRedis from = topology.primary();
        EmbeddedRedis to = mover.another(from);

        for (int i = 0; i < MOVES; i++) {
            mover.move(i % 2 == 0 ? from : to, i % 2 == 0 ? to : from);
            run(Duration.ofMillis(500));
        }
        long moved = System.nanoTime();
        await().atMost(LIMIT).until(() -> crowd.grantsAfter(moved) > PER_SECOND);
        crowd.stop();

        System.out.printf(
                "figure: cluster, %s, durability %s: slot moved %d times under %d workers; %d requests failed, slowest call %d"
                        + " ms; %d leases used, most in a second %d (limit %d)%n",
                client,
                durability,
                MOVES,
                WORKERS,
                crowd.failures().size(),
                crowd.slowestMs(),
                crowd.settled(),
                crowd.mostInASecond(),
                PER_SECOND);
        assertThat(crowd.failures()).isEmpty();
        assertThat(crowd.mostInASecond()).isLessThanOrEqualTo(PER_SECOND);
        assertThat(held).allMatch(Lease::renew);
        assertThat(TopologyContract.field(topology, "calls_ok")).isEqualTo("" + crowd.settled());
        assertSlots(topology, workers.get(1), HELD);
        held.forEach(lease -> lease.settle(Outcome.unused()));
        assertSlots(topology, workers.get(1), 0);
    }
}
