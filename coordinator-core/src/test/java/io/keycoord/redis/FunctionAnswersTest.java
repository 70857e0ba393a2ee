package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.embedded.EmbeddedRedis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.RedisClient;

/** What a real server answers to FCALL, and what follows from it. */
class FunctionAnswersTest {
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final String META = "keycoord:{test}:meta";
    private static final String OTHER = "keycoord_0123456789ab";

    private final List<AutoCloseable> open = new ArrayList<>();
    private EmbeddedRedis redis;
    private RedisClient admin;
    private FunctionLoader loader;

    @BeforeEach
    void start() {
        redis = opened(EmbeddedRedis.builder()
                .config("user few on >few ~* &* -@all +fcall +sadd +smembers +hmget +ping +client")
                .appendOnly()
                .start());
        admin = opened(RedisClient.create(redis.uri()));
        loader = opened(FunctionLoader.connect(redis.uri().toString()));
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private <T extends AutoCloseable> T opened(T thing) {
        open.add(0, thing);
        return thing;
    }

    private ScriptRunner functions(Client client, EmbeddedRedis server) {
        return opened(client.standalone(server.uri()))
                .scripts(Scripting.FUNCTIONS)
                .apply(SHORT);
    }

    /** One that may call functions, and not load them. */
    private ScriptRunner hardened() {
        return opened(JedisScriptRunner.open("redis://few:few@127.0.0.1:" + redis.port(), "test", Scripting.FUNCTIONS));
    }

    private static Reply pools(ScriptRunner scripts) {
        return scripts.run(Script.POOLS, "keycoord:pools", List.of("test"));
    }

    private static void assertFailure(ScriptRunner scripts, String word, Trouble trouble) {
        StoreUnavailableException failure = catchThrowableOfType(StoreUnavailableException.class, () -> pools(scripts));
        assertThat(failure).isNotNull();
        assertThat(failure.trouble()).as(failure.getMessage()).isEqualTo(trouble);
        assertThat(failure.getMessage()).contains(word);
    }

    private Object command(String name, String... args) {
        return admin.executeCommand(
                new CommandArguments(() -> name.getBytes(StandardCharsets.US_ASCII)).addObjects(List.of(args)));
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void whoMayLoadsWhatIsMissing(Client client) {
        ScriptRunner scripts = functions(client, redis);
        assertThat(pools(scripts).status()).isEqualTo("POOLS");
        assertThat(loader.list()).containsExactly(FunctionLoader.name());

        admin.functionFlush();

        assertThat(pools(scripts).text(1)).isEqualTo("test");
        assertThat(loader.list()).containsExactly(FunctionLoader.name());
    }

    @Test
    void whoMayNotIsToldWhatToRun() {
        ScriptRunner scripts = hardened();
        assertFailure(scripts, "NOPERM", Trouble.NO_ACCESS);
        assertFailure(scripts, "functions " + FunctionLoader.name() + " are missing", Trouble.NO_ACCESS);
        assertFailure(scripts, "keycoord functions load", Trouble.NO_ACCESS);

        assertThat(loader.load()).isTrue();

        assertThat(pools(scripts).status()).isEqualTo("POOLS");
        assertThat(loader.load()).isFalse();
        assertThat(pools(scripts).status()).isEqualTo("POOLS");
    }

    @Test
    void functionsOutliveTheDataAndTheServer() {
        loader.load();
        ScriptRunner scripts = hardened();
        admin.flushAll();
        assertThat(pools(scripts).status()).isEqualTo("POOLS");

        redis.crash();
        redis.restart();

        assertThat(pools(scripts).status()).isEqualTo("POOLS");
    }

    @Test
    void librariesOfOtherVersionsStandBesideOnesOwnUntilTheyArePruned() {
        admin.functionLoad("#!lua name=" + OTHER
                + "\nredis.register_function('keycoord_pools_0123456789ab', function() " + "return 'other' end)");
        admin.functionLoad("#!lua name=keycoord_of_somebody\nredis.register_function('somebody', function() end)");
        loader.load();
        assertThat(loader.list()).containsExactlyInAnyOrder(OTHER, FunctionLoader.name());
        assertThat(pools(hardened()).status()).isEqualTo("POOLS");
        assertThat(admin.fcall("keycoord_pools_0123456789ab", List.of("k"), List.of()))
                .isEqualTo("other");

        assertThat(loader.prune()).containsExactly(OTHER);

        assertThat(loader.list()).containsExactly(FunctionLoader.name());
        assertThat(admin.functionList("keycoord_of*")).hasSize(1);
        assertThat(pools(hardened()).status()).isEqualTo("POOLS");
    }

    @Test
    void aFunctionThatReadsMayRunWhereNothingIsWritten() {
        loader.load();
        EmbeddedRedis replica = opened(EmbeddedRedis.builder()
                .config("replicaof 127.0.0.1 " + redis.port())
                .start());
        FunctionLoader there = opened(FunctionLoader.connect(replica.uri().toString()));
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptionsInstanceOf(StoreUnavailableException.class)
                .until(() -> there.list().contains(FunctionLoader.name()));
        ScriptRunner jedis = functions(Client.JEDIS, replica);

        assertThat(jedis.run(Script.INSPECT, META, List.of("", "pool")).status())
                .isEqualTo("NO_POOL");
        assertThat(jedis.run(Script.POOLS, "keycoord:pools", List.of("")).status())
                .isEqualTo("POOLS");
        assertFailure(jedis, "READONLY", Trouble.AWAY);
        assertFailure(functions(Client.REDISSON, replica), "READONLY", Trouble.AWAY);
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void aFullServerRefusesToGrow(Client client) {
        ScriptRunner scripts = functions(client, redis);
        pools(scripts);
        admin.configSet("maxmemory", "1");
        assertFailure(scripts, "maxmemory", Trouble.UNABLE);

        admin.configSet("maxmemory", "0");
        admin.functionFlush();
        admin.configSet("maxmemory", "1");
        assertFailure(scripts, "maxmemory", Trouble.UNABLE);
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void aPrimaryWithoutItsReplicasRefusesWrites(Client client) {
        ScriptRunner scripts = functions(client, redis);
        pools(scripts);
        admin.configSet("min-replicas-to-write", "1");

        assertFailure(scripts, "NOREPLICAS", Trouble.UNABLE);
    }

    @Test
    void theCommandsWithinAreTheCallersToo() {
        loader.load();
        command("ACL", "SETUSER", "few", "-sadd");
        assertFailure(hardened(), "can't run this command", Trouble.NO_ACCESS);

        command("ACL", "SETUSER", "few", "+sadd", "-fcall");
        assertFailure(hardened(), "NOPERM", Trouble.NO_ACCESS);

        command("ACL", "SETUSER", "few", "+fcall", "resetkeys", "~other:*");
        assertFailure(hardened(), "NOPERM", Trouble.NO_ACCESS);
    }

    @Test
    void foreignDataConcernsOnlyItsCall() {
        admin.set("keycoord:pools", "not a set");
        assertFailure(functions(Client.JEDIS, redis), "WRONGTYPE", Trouble.DAMAGED);
    }

    @Test
    void anOlderServerSaysThatItHasNoFunctions() {
        EmbeddedRedis old = opened(
                EmbeddedRedis.builder().config("rename-command FCALL \"\"").start());

        for (Client client : Client.values()) {
            assertFailure(functions(client, old), "unknown command", Trouble.NO_ACCESS);
        }
    }

    @Test
    void whoMayNotLoadIsRefusedByTheLoaderToo() {
        FunctionLoader few = opened(FunctionLoader.connect("redis://few:few@127.0.0.1:" + redis.port()));

        StoreUnavailableException failure = catchThrowableOfType(StoreUnavailableException.class, few::load);

        assertThat(failure.trouble()).isEqualTo(Trouble.NO_ACCESS);
        assertThat(admin.functionList()).isEmpty();
    }
}
