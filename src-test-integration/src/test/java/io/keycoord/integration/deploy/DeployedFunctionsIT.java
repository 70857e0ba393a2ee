package io.keycoord.integration.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.keycoord.StoreUnavailableException;
import io.keycoord.redis.FunctionLoader;
import io.keycoord.redis.PoolInspector;
import io.keycoord.redis.PoolOperator;
import io.keycoord.redis.Scripting;
import java.io.IOException;
import java.nio.file.Path;
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
import redis.clients.jedis.RedisClient;

/** The users who call functions: none of them runs a script of its own. */
class DeployedFunctionsIT {
    private static final String PREFIX = "keycoord:{" + WorkerLife.POOL + "}:";

    private static DeployedRedis redis;

    @BeforeAll
    static void start(@TempDir Path temp) throws IOException {
        redis = DeployedRedis.start(temp, DeployedRedis.USERS_OF_FUNCTIONS);
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void deploy() {
        redis.reset();
        try (FunctionLoader deployer = deployer()) {
            deployer.load();
        }
    }

    private static FunctionLoader deployer() {
        return FunctionLoader.connect(redis.url(DeployedRedis.DEPLOYER));
    }

    private static WorkerLife worker() {
        return new WorkerLife(redis, Scripting.FUNCTIONS);
    }

    static Stream<String> workersPermissions() throws IOException {
        return DeployedRedis.permissions(DeployedRedis.USERS_OF_FUNCTIONS, DeployedRedis.WORKER).stream();
    }

    static Stream<String> deployersPermissions() throws IOException {
        return DeployedRedis.permissions(DeployedRedis.USERS_OF_FUNCTIONS, DeployedRedis.DEPLOYER).stream();
    }

    @Test
    void theWorkerLivesWithItsPermissions() {
        worker().live();

        assertThat(redis.refused()).isEmpty();
        assertThat(redis.admin.info("commandstats")).contains("cmdstat_fcall:");
    }

    @ParameterizedTest
    @MethodSource("workersPermissions")
    @Tag("proof")
    void theWorkerNeedsEachOfItsPermissions(String permission) {
        redis.admin.aclSetUser(DeployedRedis.WORKER, "-" + permission);
        try {
            worker().live();
        } catch (RuntimeException | AssertionError expected) {
            // Settlements that fail do not throw: what counts is that Redis had to refuse something.
        } finally {
            redis.admin.aclSetUser(DeployedRedis.WORKER, "+" + permission);
        }

        assertThat(redis.refused()).as("refused without +" + permission).contains(permission);
    }

    @ParameterizedTest
    @ValueSource(strings = {DeployedRedis.WORKER, DeployedRedis.OPERATOR})
    void nobodyRunsAScriptOfHisOwn(String user) {
        try (RedisClient client = redis.client(user)) {
            for (String command : new String[] {
                "EVAL return 0",
                "EVAL_RO return 0",
                "EVALSHA 0 0",
                "EVALSHA_RO 0 0",
                "SCRIPT LOAD return",
                "FUNCTION LOAD x",
                "FUNCTION RESTORE x",
                "FUNCTION LIST",
                "FUNCTION DELETE " + FunctionLoader.name(),
                "FUNCTION FLUSH"
            }) {
                DeployIT.assertRefused(client, command);
            }
        }
    }

    /** Redis asks whether the caller may use the commands within a function: so it may use them outside of one as well. */
    @Test
    void theWorkerMayUseTheCommandsOfTheFunctionsByItself() {
        try (RedisClient client = redis.client(DeployedRedis.WORKER)) {
            assertThatCode(() -> client.hset(PREFIX + "meta", "seq", "7")).doesNotThrowAnyException();
            DeployIT.assertRefused(client, "HSET somebody:else field value");
            DeployIT.assertRefused(client, "FLUSHALL");
        }
    }

    @Test
    void withoutTheLibraryTheWorkerSaysWhatToRun() {
        redis.admin.functionFlush();

        assertThatThrownBy(() -> worker().live())
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("keycoord functions load")
                .extracting(refused -> ((StoreUnavailableException) refused).trouble())
                .isEqualTo(StoreUnavailableException.Trouble.NO_ACCESS);
    }

    @Test
    void theOperatorLooksAndChangesNothing() {
        worker().live();
        String url = redis.url(DeployedRedis.OPERATOR);
        try (PoolInspector inspector = PoolInspector.connect(url, "keycoord", Scripting.FUNCTIONS)) {
            assertThat(inspector.pools()).containsExactly(WorkerLife.POOL);
            assertThat(inspector.keys(WorkerLife.POOL)).hasSize(4);
        }
        assertThat(redis.refused()).isEmpty();
        try (PoolOperator operator = PoolOperator.connect(url, "ops", "keycoord", Scripting.FUNCTIONS)) {
            assertThatThrownBy(() -> operator.drain(WorkerLife.POOL, "c-1", "maintenance"))
                    .isInstanceOf(StoreUnavailableException.class);
        }
        assertThat(redis.admin.hget(PREFIX + "key:c-1", "state")).isEqualTo("CLOSED");
    }

    @Test
    void theDeployerDeploys() {
        redis.admin.functionLoad("#!lua name=keycoord_0123456789ab\nredis.register_function('other', function() end)");
        try (FunctionLoader deployer = deployer()) {
            assertThat(deployer.list()).contains("keycoord_0123456789ab", FunctionLoader.name());
            assertThat(deployer.prune()).containsExactly("keycoord_0123456789ab");
        }
        assertThat(redis.refused()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("deployersPermissions")
    void theDeployerNeedsEachOfItsPermissions(String permission) {
        redis.admin.aclSetUser(DeployedRedis.DEPLOYER, "-" + permission);
        try {
            theDeployerDeploysAll();
        } catch (RuntimeException expected) {
            // What counts is that Redis had to refuse something.
        } finally {
            redis.admin.aclSetUser(DeployedRedis.DEPLOYER, "+" + permission);
        }

        assertThat(redis.refused()).as("refused without +" + permission).contains(permission);
    }

    /** On a server that has another version only. */
    private static void theDeployerDeploysAll() {
        redis.admin.functionFlush();
        redis.admin.functionLoad("#!lua name=keycoord_0123456789ab\nredis.register_function('other', function() end)");
        try (FunctionLoader deployer = deployer()) {
            deployer.load();
            deployer.prune();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"HGET keycoord:{deployed}:meta seq", "FCALL x 0", "EVAL return 0", "FUNCTION FLUSH", "FLUSHALL"})
    void theDeployerMayNothingElse(String command) {
        try (RedisClient client = redis.client(DeployedRedis.DEPLOYER)) {
            DeployIT.assertRefused(client, command);
        }
    }
}
