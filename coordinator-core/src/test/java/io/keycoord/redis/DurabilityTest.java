package io.keycoord.redis;

import static io.keycoord.redis.CoordinatorTest.ONE;
import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import io.keycoord.Acquisition.Granted;
import io.keycoord.Lease;
import io.keycoord.Outcome;
import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.Usage;
import io.keycoord.config.Durability;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RedisDownPolicy;
import io.keycoord.embedded.EmbeddedRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.RestoreParams;

/** Pools that ask for copies, on a primary with one replica that the tests stop. */
class DurabilityTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String PREFIX = "keycoord:{test}:";

    private static EmbeddedRedis primary;
    private static EmbeddedRedis replica;

    private final List<AutoCloseable> open = new ArrayList<>();
    private RedisClient atPrimary;
    private RedisClient atReplica;

    @BeforeAll
    static void start() {
        primary = EmbeddedRedis.builder().config("repl-diskless-sync-delay 0").start();
        replica = EmbeddedRedis.builder()
                .config("replicaof 127.0.0.1 " + primary.port())
                .start();
    }

    @AfterAll
    static void stop() {
        replica.close();
        primary.close();
    }

    @BeforeEach
    void connect() {
        atPrimary = RedisClient.create(primary.uri());
        atReplica = RedisClient.create(replica.uri());
        await().atMost(LIMIT).until(() -> atReplica.info("replication").contains("master_link_status:up"));
        atPrimary.flushAll();
    }

    @AfterEach
    void close() throws Exception {
        replica.resume();
        for (AutoCloseable each : open) {
            each.close();
        }
        atPrimary.close();
        atReplica.close();
    }

    private <T extends AutoCloseable> T opened(T thing) {
        open.add(0, thing);
        return thing;
    }

    private static PoolConfig pool() {
        return headroom(solo("a", concurrency(50))).withDurability(Durability.REPLICA);
    }

    private RedisKeyCoordinator worker(Client client, PoolConfig pool) {
        RedisKeyCoordinatorBuilder builder = CoordinatorTest.builder(pool, primary.uri());
        opened(client.standalone(primary.uri())).brought().accept(builder);
        return opened(builder.build());
    }

    private static StoreUnavailableException refused(RedisKeyCoordinator keys) {
        StoreUnavailableException failure =
                catchThrowableOfType(StoreUnavailableException.class, () -> keys.tryAcquire(ONE));
        assertThat(failure.trouble()).isEqualTo(Trouble.UNABLE);
        return failure;
    }

    private static void awaitCopies(RedisKeyCoordinator keys) {
        await().atMost(LIMIT).until(() -> !keys.storeState("test").lacksCopies());
    }

    private static StoreState state(RedisKeyCoordinator keys) {
        return keys.storeState("test");
    }

    private static void use(Lease lease) {
        assertThat(lease.secret().reveal()).isNotEmpty();
        lease.settle(Outcome.success(Usage.tokens(1, 1)));
    }

    private String inFlight() {
        return Objects.requireNonNull(atPrimary.hget(PREFIX + "key:a", "in_flight"));
    }

    private static long calls(RedisClient of, String command) {
        Matcher calls = Pattern.compile("cmdstat_" + command + ":calls=(\\d+)").matcher(of.info("commandstats"));
        return calls.find() ? Long.parseLong(calls.group(1)) : 0;
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void whatACallerIsToldTheReplicaKnows(Client client) {
        RedisKeyCoordinator keys = worker(client, pool());
        for (int i = 0; i < 100; i++) {
            Lease lease = keys.tryAcquire(ONE).orElseThrow();
            assertThat(atReplica.hexists(PREFIX + "holders", lease.id())).isTrue();

            use(lease);

            assertThat(atReplica.hexists(PREFIX + "holders", lease.id())).isFalse();
        }
    }

    /** A pool that asks for nothing goes on as if there were no replicas. */
    @Test
    void withoutDurabilityReplicasDoNotMatter() {
        RedisKeyCoordinator keys = worker(Client.JEDIS, pool().withDurability(Durability.NONE));
        long waits = calls(atPrimary, "wait");
        replica.pause();

        use(keys.tryAcquire(ONE).orElseThrow());

        assertThat(calls(atPrimary, "wait")).isEqualTo(waits);
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void withoutAReplicaNothingIsGranted(Client client) {
        RedisKeyCoordinator keys = worker(client, pool());
        Lease held = keys.tryAcquire(ONE).orElseThrow();
        replica.pause();

        assertThat(refused(keys)).hasMessageContaining("no replica").hasMessageContaining("given back");

        await().untilAsserted(
                        () -> assertThat(inFlight()).as("slots that are taken").isEqualTo("1"));
        assertThat(state(keys).lacksCopies()).isTrue();
        assertThat(state(keys).uncopied()).isEqualTo(1);
        use(held);
        assertThat(inFlight()).as("slots after a settlement without a copy").isEqualTo("0");
        assertThat(state(keys).kept()).isEqualTo(1);
        replica.resume();
        awaitCopies(keys);
        await().atMost(LIMIT).until(() -> state(keys).kept() == 0);
        use(keys.tryAcquire(ONE).orElseThrow());
        assertThat(atPrimary.hget(PREFIX + "key:a", "calls_ok")).isEqualTo("2");
    }

    @Test
    void afterOneCallInVainNobodyWaitsForACopy() {
        try (LogLines log = new LogLines(CopyWatch.class)) {
            RedisKeyCoordinator keys = worker(Client.JEDIS, pool());
            replica.pause();
            refused(keys);

            for (int i = 0; i < 20; i++) {
                assertThat(refused(keys)).hasMessageContaining("not sent");
            }
            assertThatThrownBy(() -> keys.acquire(ONE)).isInstanceOf(StoreUnavailableException.class);
            assertThatThrownBy(() -> keys.acquireAsync(ONE).join())
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(StoreUnavailableException.class);
            assertThatThrownBy(() -> keys.tryAcquireAll(List.of(ONE, ONE)))
                    .isInstanceOf(StoreUnavailableException.class);

            assertThat(state(keys).uncopied()).isEqualTo(1);
            assertThat(state(keys).refused()).isGreaterThanOrEqualTo(24);
            replica.resume();
            awaitCopies(keys);
            assertThat(log.at(Level.WARN)).hasSize(1).allMatch(line -> line.contains("durability replica"));
            assertThat(log.at(Level.INFO)).hasSize(1);
        }
    }

    @Test
    void anOpenPoolGoesOnWithoutLimits() {
        RedisKeyCoordinator keys = worker(Client.JEDIS, pool().withWhenRedisIsDown(RedisDownPolicy.OPEN));
        replica.pause();

        for (int i = 0; i < 3; i++) {
            Lease lease = keys.tryAcquire(ONE).orElseThrow();
            assertThat(lease.isUncoordinated()).isTrue();
            lease.close();
        }

        assertThat(state(keys).passed()).isEqualTo(3);
        await().untilAsserted(() -> assertThat(inFlight()).isEqualTo("0"));
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void callsThatShareACommandShareTheQuestion(Client client) {
        RedisKeyCoordinator keys = worker(client, pool());
        long waits = calls(atPrimary, "wait");

        List<Lease> leases = keys.tryAcquireAll(Collections.nCopies(20, ONE)).stream()
                .map(answer -> ((Granted) answer).lease())
                .toList();

        assertThat(calls(atPrimary, "wait") - waits).isEqualTo(1);
        replica.pause();
        assertThatThrownBy(() -> keys.tryAcquireAll(Collections.nCopies(20, ONE)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("no replica");
        await().untilAsserted(() ->
                assertThat(inFlight()).as("slots of the first twenty").isEqualTo("20"));
        leases.forEach(DurabilityTest::use);
        assertThat(inFlight()).isEqualTo("0");
    }

    @Test
    void threadsThatMeetAskOnce() {
        RedisKeyCoordinator keys = worker(Client.JEDIS, pool());
        long waits = calls(atPrimary, "wait");
        List<CompletableFuture<Void>> all = IntStream.range(0, 8)
                .mapToObj(thread -> CompletableFuture.runAsync(
                        () -> IntStream.range(0, 25).forEach(i -> use(keys.acquire(ONE))),
                        task -> new Thread(task).start()))
                .toList();

        all.forEach(CompletableFuture::join);

        assertThat(calls(atPrimary, "wait") - waits).isLessThan(8 * 25 * 2);
        assertThat(atReplica.hget(PREFIX + "key:a", "in_flight")).isEqualTo("0");
        assertThat(atReplica.hget(PREFIX + "key:a", "calls_ok")).isEqualTo("200");
    }

    /** Redis from 7.2 on asks only for what this connection has written. */
    @ParameterizedTest
    @EnumSource(Client.class)
    void aRepeatThatWritesNothingWaitsForTheFirst(Client client) {
        ScriptRunner plain = opened(client.standalone(primary.uri())).scripts().apply(LIMIT);
        ScriptRunner copied =
                opened(client.standalone(primary.uri())).scripts().apply(LIMIT).copied(Durability.REPLICA);
        assertThat(copied.run(Script.POOLS, "keycoord:pools", List.of("x")).doubt())
                .isEmpty();
        replica.pause();
        plain.run(Script.POOLS, "keycoord:pools", List.of("y"));

        assertThat(copied.run(Script.POOLS, "keycoord:pools", List.of("y")).doubt())
                .isPresent();

        replica.resume();
        await().atMost(LIMIT)
                .until(() -> copied.run(Script.POOLS, "keycoord:pools", List.of("y"))
                        .doubt()
                        .isEmpty());
    }

    /** The primary was lost right after it, and the replica that takes over had not heard of it. */
    @Test
    void aSettlementThatIsForgottenIsSentAgain() {
        RedisKeyCoordinator keys = worker(Client.JEDIS, pool());
        Lease lease = keys.tryAcquire(ONE).orElseThrow();
        Map<String, byte[]> before = new HashMap<>();
        atPrimary.keys("keycoord:*").forEach(key -> before.put(key, Objects.requireNonNull(atPrimary.dump(key))));
        replica.pause();
        use(lease);
        assertThat(state(keys).kept()).isEqualTo(1);

        before.forEach((key, value) ->
                atPrimary.restore(key, 0, value, RestoreParams.restoreParams().replace()));
        assertThat(inFlight()).isEqualTo("1");
        replica.resume();

        await().atMost(LIMIT).until(() -> inFlight().equals("0"));
        assertThat(atPrimary.hget(PREFIX + "key:a", "calls_ok")).isEqualTo("1");
    }

    @Test
    void aWorkerThatStartsWithoutAReplicaServesWhenThereIsOne() {
        replica.pause();

        RedisKeyCoordinator keys = worker(Client.JEDIS, pool());

        refused(keys);
        assertThat(refused(keys)).hasMessageContaining("not sent");
        replica.resume();
        awaitCopies(keys);
        use(keys.tryAcquire(ONE).orElseThrow());
    }

    @Test
    void aWorkerThatMayNotAskDoesNotStart() {
        TopologyContract.command(primary, "ACL", "SETUSER", "default", "-wait");
        try {
            assertThatThrownBy(() -> worker(Client.JEDIS, pool()))
                    .isInstanceOfSatisfying(
                            StoreUnavailableException.class,
                            refused -> assertThat(refused.trouble()).isEqualTo(Trouble.NO_ACCESS))
                    .hasMessageContaining("durability replica of pool test")
                    .hasMessageContaining("permission wait")
                    .hasMessageContaining("NOPERM");
            assertThat(atPrimary.exists(PREFIX + "meta")).as("registered").isFalse();
        } finally {
            TopologyContract.command(primary, "ACL", "SETUSER", "default", "+wait");
        }
    }

    @Test
    void redissonCannotTellOfFiles() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> worker(Client.REDISSON, pool().withDurability(Durability.AOF)))
                .withMessageContaining("durability aof");
    }

    /** The bundled server is too old for it; with KEYCOORD_REDIS_SERVER another one shows that it works. */
    @Test
    void aFileIsWaitedForWhereTheServerCan() {
        try (EmbeddedRedis redis = EmbeddedRedis.builder().appendOnly().start();
                RedisClient admin = RedisClient.create(redis.uri())) {
            RedisKeyCoordinatorBuilder builder =
                    CoordinatorTest.builder(pool().withDurability(Durability.AOF), redis.uri());
            if (!knowsWaitaof(redis)) {
                assertThatThrownBy(builder::build)
                        .isInstanceOfSatisfying(
                                StoreUnavailableException.class,
                                refused -> assertThat(refused.trouble()).isEqualTo(Trouble.NO_ACCESS))
                        .hasMessageContaining("durability aof of pool test")
                        .hasMessageContaining("Redis 7.2");
                return;
            }
            try (RedisKeyCoordinator keys = builder.build()) {
                use(keys.tryAcquire(ONE).orElseThrow());
                // At the start, of a lease, of its settlement; some servers count a command twice that waited.
                assertThat(calls(admin, "waitaof")).isBetween(3L, 6L);

                admin.configSet("appendonly", "no");
                assertThat(refused(keys)).hasMessageContaining("appendonly");

                admin.configSet("appendonly", "yes");
                awaitCopies(keys);
                use(keys.tryAcquire(ONE).orElseThrow());
            }
        }
    }

    static boolean knowsWaitaof(EmbeddedRedis server) {
        return TopologyContract.command(server, "COMMAND", "INFO", "waitaof") instanceof List<?> known
                && known.get(0) != null;
    }
}
