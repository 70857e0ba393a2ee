package io.keycoord.integration.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.LeaseRequest;
import io.keycoord.StoreUnavailableException;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolOperator;
import io.keycoord.redis.Scripting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisDataException;

class DeployIT {
    private static final String PREFIX = "keycoord:{" + WorkerLife.POOL + "}:";

    private static DeployedRedis redis;

    @BeforeAll
    static void start(@TempDir Path temp) throws IOException {
        redis = DeployedRedis.start(temp, DeployedRedis.USERS);
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void reset() {
        redis.reset();
    }

    static Stream<String> workersPermissions() throws IOException {
        return DeployedRedis.permissions(DeployedRedis.USERS, DeployedRedis.WORKER).stream();
    }

    @Test
    void theWorkerLivesWithItsPermissions() {
        new WorkerLife(redis, Scripting.EVALSHA).live();

        assertThat(redis.refused()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("workersPermissions")
    @Tag("proof")
    void theWorkerNeedsEachOfItsPermissions(String permission) {
        redis.admin.aclSetUser(DeployedRedis.WORKER, "-" + permission);
        try {
            new WorkerLife(redis, Scripting.EVALSHA).live();
        } catch (RuntimeException | AssertionError expected) {
            // Settlements that fail do not throw: what counts is that Redis had to refuse something.
        } finally {
            redis.admin.aclSetUser(DeployedRedis.WORKER, "+" + permission);
        }

        assertThat(redis.refused()).as("refused without +" + permission).contains(permission);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"FLUSHALL", "KEYS *", "CONFIG GET *", "SCRIPT FLUSH", "ACL LIST", "SET keycoord:x 1", "MONITOR"})
    void theWorkerMayNothingElse(String command) {
        try (RedisClient worker = redis.client(DeployedRedis.WORKER)) {
            assertRefused(worker, command);
        }
    }

    @Test
    void theWorkerSeesOnlyTheKeysOfKeycoord() {
        redis.admin.hset("somebody:else", "field", "value");
        try (RedisClient worker = redis.client(DeployedRedis.WORKER)) {
            assertRefused(worker, "HGET somebody:else field");
        }
    }

    @Test
    void theOperatorInspects() {
        new WorkerLife(redis, Scripting.EVALSHA).live();
        try (RedisClient operator = redis.client(DeployedRedis.OPERATOR)) {
            assertThat(operator.hgetAll(PREFIX + "key:c-1")).containsKey("state");
            assertThat(operator.zrange(PREFIX + "ready", 0, -1)).isNotEmpty();
            assertThat(operator.xrange(PREFIX + "log", "-", "+")).isNotEmpty();
            assertThat(operator.info()).contains("redis_version");
            assertThat(operator.eval(
                            "return redis.call('HGET', KEYS[1], 'state')", List.of(PREFIX + "key:c-1"), List.of()))
                    .isEqualTo("CLOSED");
        }
        assertThat(redis.refused()).isEmpty();
    }

    @Test
    void theOperatorUsesTheCommandLine() {
        new WorkerLife(redis, Scripting.EVALSHA).live();
        try (PoolInspector inspector = PoolInspector.connect(redis.url(DeployedRedis.OPERATOR))) {
            assertThat(inspector.pools()).containsExactly(WorkerLife.POOL);
            assertThat(inspector.pool(WorkerLife.POOL)).isPresent();
            assertThat(inspector.keys(WorkerLife.POOL)).hasSize(4);
            assertThat(inspector.key(WorkerLife.POOL, "c-1")).isPresent();
            assertThat(inspector.leases(WorkerLife.POOL)).isEmpty();
            assertThat(inspector.explain(
                            LeaseRequest.of(WorkerLife.POOL).withModel("model").withTokens(20, 0)))
                    .hasSize(4);
        }
        assertThat(redis.refused()).isEmpty();
    }

    @Test
    void theOperatorWhoLooksTakesNoKeyOut() {
        new WorkerLife(redis, Scripting.EVALSHA).live();
        String before = redis.admin.hget(PREFIX + "meta", "seq");
        try (PoolOperator operator = PoolOperator.connect(redis.url(DeployedRedis.OPERATOR), "ops")) {
            assertThatThrownBy(() -> operator.drain(WorkerLife.POOL, "c-1", "maintenance"))
                    .isInstanceOf(StoreUnavailableException.class)
                    .extracting(refused -> ((StoreUnavailableException) refused).trouble())
                    .isEqualTo(StoreUnavailableException.Trouble.NO_ACCESS);
        }
        assertThat(redis.admin.hget(PREFIX + "key:c-1", "state")).isEqualTo("CLOSED");
        assertThat(redis.admin.hget(PREFIX + "meta", "seq")).isEqualTo(before);
    }

    @Test
    void theOperatorChangesNothing() {
        new WorkerLife(redis, Scripting.EVALSHA).live();
        try (RedisClient operator = redis.client(DeployedRedis.OPERATOR)) {
            for (String command : new String[] {
                "HSET keycoord:{deployed}:key:c-1 state DISABLED",
                "DEL keycoord:{deployed}:meta",
                "ZADD keycoord:{deployed}:ready 1 x",
                "EXPIRE keycoord:{deployed}:meta 1",
                "FLUSHALL",
                "KEYS *",
                "CONFIG GET *",
                "SCRIPT FLUSH",
                "FUNCTION LIST",
                "ACL SETUSER keycoord-operator +@all",
                "LATENCY RESET",
                "SLOWLOG RESET"
            }) {
                assertRefused(operator, command);
            }
        }
    }

    @Test
    void theOperatorChangesNothingByAScriptEither() {
        redis.admin.hset(PREFIX + "key:c-1", "state", "CLOSED");
        try (RedisClient operator = redis.client(DeployedRedis.OPERATOR)) {
            assertThatThrownBy(() -> operator.eval(
                            "return redis.call('HSET', KEYS[1], 'state', 'x')", List.of(PREFIX + "key:c-1"), List.of()))
                    .isInstanceOf(JedisDataException.class);
        }
        assertThat(redis.admin.hget(PREFIX + "key:c-1", "state")).isEqualTo("CLOSED");
    }

    @Test
    void nobodyEntersWithoutAPassword() {
        assertThatThrownBy(() -> {
                    try (RedisClient stranger = RedisClient.create(redis.url(DeployedRedis.WORKER)
                            .replace(DeployedRedis.password(DeployedRedis.WORKER), "another"))) {
                        stranger.ping();
                    }
                })
                .hasStackTraceContaining("WRONGPASS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"maxmemory-policy noeviction", "appendonly yes", "appendfsync everysec", "databases 1"})
    void theServerRunsWithTheSettingsThatLimitsDependOn(String setting) {
        String[] words = setting.split(" ", -1);
        assertThat(redis.admin.configGet(words[0])).containsEntry(words[0], words[1]);
    }

    static void assertRefused(RedisClient client, String command) {
        String[] words = command.split(" ", -1);
        CommandArguments arguments = new CommandArguments(() -> words[0].getBytes(StandardCharsets.US_ASCII));
        Arrays.stream(words).skip(1).forEach(arguments::add);
        assertThatThrownBy(() -> client.executeCommand(arguments))
                .as(command)
                .isInstanceOf(JedisAccessControlException.class)
                .hasMessageContaining("NOPERM");
    }
}
