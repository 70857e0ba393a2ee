package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.keycoord.Acquisition;
import io.keycoord.Acquisition.Denied;
import io.keycoord.Acquisition.Reason;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.Usage;
import io.keycoord.config.CoordinatorConfig;
import io.keycoord.config.Secrets;
import io.keycoord.embedded.EmbeddedRedis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;

/** What a coordinator does with each client on each topology: the same. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class TopologyContract {
    static final LeaseRequest ONE = LeaseRequest.of("test").withTokens(1, 0);
    static final Duration PATIENT = Duration.ofSeconds(30);
    static final Duration LIMIT = Duration.ofSeconds(60);
    /** What a loaded machine may take to send a write to its replicas. */
    private static final long LAG_LIMIT_MS = 2_000;

    private static final long LOST_SETTLEMENTS_LIMIT = 20;
    private static final long PLENTY = 1_000_000;

    final List<Topology> topologies = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    abstract List<Topology> start();

    @BeforeAll
    void startServers() {
        topologies.addAll(start());
    }

    @AfterAll
    void stopServers() {
        topologies.forEach(Topology::close);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        open.clear();
        for (Topology topology : topologies) {
            topology.heal();
            onEach(topology, "FLUSHALL");
            onEach(topology, "FUNCTION", "FLUSH");
        }
    }

    Stream<Arguments> places() {
        return topologies.stream()
                .flatMap(topology -> Stream.of(Client.values()).map(client -> Arguments.of(topology, client)));
    }

    RedisKeyCoordinator coordinator(Topology topology, Client client, Function<ScriptRunner, ScriptRunner> between) {
        return coordinator(topology, client, Scripting.EVALSHA, between);
    }

    RedisKeyCoordinator coordinator(
            Topology topology, Client client, Scripting scripting, Function<ScriptRunner, ScriptRunner> between) {
        Client.Connected connected = topology.connect(client);
        open.add(0, connected);
        RedisKeyCoordinatorBuilder builder = RedisKeyCoordinator.builder()
                .secrets(Secrets.of(Map.of("a", "secret-of-a")))
                .failoverWait(PATIENT)
                .closeWait(Duration.ZERO);
        connected.brought().accept(builder);
        ScriptRunner scripts = between.apply(connected.scripts(scripting).apply(PATIENT));
        CoordinatorConfig config = new CoordinatorConfig(
                List.of(headroom(solo("a", limits(perMinute(PLENTY), perMinute(PLENTY), 100_000)))));
        RedisKeyCoordinator keys = new RedisKeyCoordinator(builder, scripts, config);
        open.add(0, keys);
        return keys;
    }

    @ParameterizedTest
    @MethodSource("places")
    void aLeaseIsGrantedRenewedAndSettled(Topology topology, Client client) {
        RedisKeyCoordinator keys = coordinator(topology, client, scripts -> scripts);
        Lease lease = keys.acquire(ONE.withTokens(100, 400));
        assertThat(field(topology, "in_flight")).isEqualTo("1");
        assertThat(lease.renew()).isTrue();

        lease.settle(Outcome.success(Usage.tokens(100, 100)));

        assertThat(field(topology, "in_flight")).isEqualTo("0");
        assertThat(Long.parseLong(field(topology, "tokens_left"))).isBetween(PLENTY - 200, PLENTY);
        keys.acquire(ONE).close();
        assertHoldsNothing(topology);
    }

    /** As a client that repeats a call whose reply was late, but for every call. */
    @ParameterizedTest
    @MethodSource("places")
    void commandsThatArriveTwiceCountOnce(Topology topology, Client client) {
        RedisKeyCoordinator keys = coordinator(topology, client, Doubling::new);
        for (int i = 0; i < 20; i++) {
            Lease lease = keys.acquire(ONE);
            assertThat(field(topology, "in_flight")).isEqualTo("1");
            assertThat(lease.renew()).isTrue();
            assertThat(lease.secret().reveal()).isEqualTo("secret-of-a");
            lease.settle(Outcome.success(Usage.tokens(1, 0)));
        }

        assertThat(field(topology, "calls_ok")).isEqualTo("20");
        assertHoldsNothing(topology);
    }

    private record Doubling(ScriptRunner scripts) implements ScriptRunner {
        @Override
        public Reply run(Script script, String redisKey, List<String> args) {
            Reply first = scripts.run(script, redisKey, args);
            Reply second = scripts.run(script, redisKey, args);
            return second.status().equals("DUPLICATE") ? first : second;
        }

        @Override
        public void close() {
            scripts.close();
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    void flushedScriptsAreNotNoticed(Topology topology, Client client) {
        RedisKeyCoordinator keys = coordinator(topology, client, scripts -> scripts);
        for (int i = 0; i < 3; i++) {
            onEach(topology, "SCRIPT", "FLUSH");
            Lease lease = keys.acquire(ONE);
            onEach(topology, "SCRIPT", "FLUSH");
            lease.settle(Outcome.successWithoutUsage());
        }

        assertHoldsNothing(topology);
    }

    @ParameterizedTest
    @MethodSource("places")
    void flushedFunctionsAreNotNoticed(Topology topology, Client client) {
        RedisKeyCoordinator keys = coordinator(topology, client, Scripting.FUNCTIONS, Doubling::new);
        for (int i = 0; i < 3; i++) {
            onEach(topology, "FUNCTION", "FLUSH");
            Lease lease = keys.acquire(ONE);
            // The other primaries of a Cluster have them still.
            command(topology.primary(), "FUNCTION", "FLUSH");
            lease.settle(Outcome.successWithoutUsage());
        }

        assertHoldsNothing(topology);
    }

    /** Every primary has them, and its replicas from it: nobody needs to load them when one of those takes over. */
    @ParameterizedTest
    @MethodSource("places")
    @Tag("proof")
    void functionsAreThereAfterTheLossOfThePrimary(Topology topology, Client client) {
        RedisKeyCoordinator keys = coordinator(topology, client, Scripting.FUNCTIONS, scripts -> scripts);
        Lease lease = keys.acquire(ONE);
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(topology.servers())
                        .allSatisfy(server -> assertThat(libraries(server)).contains(FunctionLoader.name())));
        assertThat(command(topology.primary(), "WAIT", "" + topology.replicas(), "10000"))
                .isEqualTo((long) topology.replicas());

        topology.losePrimary();
        if (topology.replicas() == 0) {
            topology.heal();
        }

        lease.settle(Outcome.successWithoutUsage());
        assertHoldsNothing(topology);
        assertThat(libraries(topology.primary())).contains(FunctionLoader.name());
        keys.acquire(ONE).close();
    }

    @ParameterizedTest
    @MethodSource("places")
    void whoMayNotLoadFunctionsIsToldWhoMay(Topology topology, Client client) {
        Client.Connected connected = topology.connect(client);
        open.add(0, connected);
        ScriptRunner scripts = connected.scripts(Scripting.FUNCTIONS).apply(PATIENT);
        onEach(topology, "ACL", "SETUSER", "default", "-function|load");
        try {
            assertThatThrownBy(() -> scripts.run(Script.POOLS, Topology.META, List.of("")))
                    .isInstanceOfSatisfying(
                            StoreUnavailableException.class,
                            refused -> assertThat(refused.trouble())
                                    .isEqualTo(StoreUnavailableException.Trouble.NO_ACCESS))
                    .hasMessageContaining("NOPERM")
                    .hasMessageContaining("keycoord functions load");
        } finally {
            onEach(topology, "ACL", "SETUSER", "default", "+function|load");
        }
        assertThat(scripts.run(Script.POOLS, Topology.META, List.of("")).status())
                .isEqualTo("POOLS");
    }

    private static List<String> libraries(EmbeddedRedis server) {
        try (FunctionLoader functions = FunctionLoader.connect(server.uri().toString())) {
            return functions.list();
        }
    }

    @ParameterizedTest
    @MethodSource("places")
    @Tag("proof")
    void leasesSurviveTheLossOfThePrimary(Topology topology, Client client) {
        RedisKeyCoordinator keys = coordinator(topology, client, scripts -> scripts);
        List<Lease> safe = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            safe.add(keys.acquire(ONE));
        }
        assertThat(command(topology.primary(), "WAIT", "" + topology.replicas(), "10000"))
                .isEqualTo((long) topology.replicas());
        EmbeddedRedis lost = topology.primary();
        Load load = new Load(keys);
        await().atMost(LIMIT).until(() -> load.granted() > 200);

        topology.losePrimary();
        load.mark();
        if (topology.replicas() == 0) {
            topology.heal();
        }

        await().atMost(LIMIT).until(() -> load.grantedAfterMark() > 200);
        load.stop();
        assertThat(safe).as("leases that replicas had").allMatch(Lease::renew);
        assertThat(load.failures()).isEmpty();
        List<Lease> gone =
                load.leases().stream().filter(lease -> !lease.renew()).toList();
        System.out.printf(
                "%s, %s: %d leases out, %d of them lost with the primary (granted in its last %d ms), back after %d ms,"
                        + " slowest call %d ms%n",
                topology,
                client,
                50 + load.granted(),
                gone.size(),
                load.millisBeforeMark(gone),
                load.millisToFirstGrant(),
                load.slowestMs());
        assertThat(load.millisBeforeMark(gone)).as("ms before the loss").isLessThan(LAG_LIMIT_MS);
        safe.forEach(lease -> lease.settle(Outcome.successWithoutUsage()));
        load.leases().forEach(lease -> lease.settle(Outcome.successWithoutUsage()));
        topology.heal();
        assertThat(topology.servers()).contains(lost).allMatch(EmbeddedRedis::isRunning);
        // A settlement may have been lost with the primary: its lease expires, half a minute later.
        await().atMost(LIMIT).untilAsserted(() -> {
            Object holders = command(topology.primary(), "HLEN", "keycoord:{test}:holders");
            assertThat(1 + Long.parseLong(field(topology, "in_flight"))).isEqualTo(holders);
            assertThat((Long) holders).as("settlements lost").isLessThan(LOST_SETTLEMENTS_LIMIT);
        });
    }

    @ParameterizedTest
    @MethodSource("places")
    void messagesArriveAndComeAgainAfterTheConnectionWasLost(Topology topology, Client client) {
        Client.Connected connected = topology.connect(client);
        open.add(0, connected);
        List<String> heard = new CopyOnWriteArrayList<>();
        WakeupChannel channel = connected.scripts().apply(PATIENT).wakeups();
        open.add(0, channel);
        channel.open("keycoord:wake:w1", new WakeupChannel.Listener() {
            @Override
            public void message(String text) {
                heard.add(text);
            }

            @Override
            public void changed() {}
        });
        await().atMost(LIMIT).until(channel::isOpen);
        command(topology.primary(), "PUBLISH", "keycoord:wake:w1", "test r1");
        await().atMost(LIMIT).untilAsserted(() -> assertThat(heard).containsExactly("test r1"));

        onEach(topology, "CLIENT", "KILL", "TYPE", "pubsub");

        await().atMost(LIMIT).until(() -> {
            command(topology.primary(), "PUBLISH", "keycoord:wake:w1", "test r2");
            return heard.contains("test r2");
        });
        assertThat(channel.isOpen()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("places")
    void whoWaitsIsServed(Topology topology, Client client) {
        RedisKeyCoordinator keys = coordinator(topology, client, scripts -> scripts);
        command(topology.primary(), "HSET", "keycoord:{test}:key:a", "max_in_flight", "1");
        Lease held = keys.acquire(ONE);
        List<CompletableFuture<Lease>> waits = Stream.generate(
                        () -> keys.acquireAsync(ONE.withMaxWait(Duration.ofSeconds(60))))
                .limit(10)
                .toList();
        await().atMost(LIMIT)
                .until(() -> command(topology.primary(), "HLEN", "keycoord:{test}:waiters")
                        .equals(2L));

        List<CompletableFuture<Void>> ends = waits.stream()
                .map(wait -> wait.thenAccept(lease -> lease.settle(Outcome.successWithoutUsage())))
                .toList();
        held.settle(Outcome.successWithoutUsage());

        ends.forEach(end -> assertThat(end).succeedsWithin(LIMIT));
        assertHoldsNothing(topology);
    }

    @ParameterizedTest
    @MethodSource("places")
    void aDenialIsAValueOnEachOfThem(Topology topology, Client client) {
        RedisKeyCoordinator keys = coordinator(topology, client, scripts -> scripts);
        Acquisition answer = keys.tryAcquire(ONE.withTokens(PLENTY + 1, 0));

        assertThat(answer)
                .isInstanceOfSatisfying(
                        Denied.class, denied -> assertThat(denied.reason()).isEqualTo(Reason.IMPOSSIBLE));
    }

    static void assertHoldsNothing(Topology topology) {
        await().atMost(LIMIT).ignoreExceptionsInstanceOf(RuntimeException.class).untilAsserted(() -> {
            assertThat(field(topology, "in_flight")).isEqualTo("0");
            assertThat(command(topology.primary(), "HLEN", "keycoord:{test}:holders"))
                    .isEqualTo(1L);
        });
    }

    static String field(Topology topology, String name) {
        try (RedisClient primary = RedisClient.create(topology.primary().uri())) {
            return String.valueOf(primary.hget("keycoord:{test}:key:a", name));
        }
    }

    static void onEach(Topology topology, String... words) {
        for (EmbeddedRedis server : topology.servers()) {
            try {
                command(server, words);
            } catch (JedisDataException e) {
                assertThat(e).as(server.toString()).hasMessageContaining("READONLY");
            }
        }
    }

    static Object command(EmbeddedRedis server, String... words) {
        try (RedisClient jedis = RedisClient.create(server.uri())) {
            CommandArguments all = new CommandArguments(() -> words[0].getBytes(StandardCharsets.US_ASCII));
            for (int i = 1; i < words.length; i++) {
                all.add(words[i]);
            }
            return jedis.executeCommand(all);
        }
    }
}
