package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.embedded.EmbeddedRedis;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

/** The error answers of the table, as far as a real server can be brought to give them. */
class RealAnswersTest {
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final String META = "keycoord:{test}:meta";

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private EmbeddedRedis server(String... config) {
        EmbeddedRedis.Builder builder = EmbeddedRedis.builder();
        List.of(config).forEach(builder::config);
        return opened(builder.start());
    }

    private <T extends AutoCloseable> T opened(T thing) {
        open.add(0, thing);
        return thing;
    }

    private RedisClient admin(EmbeddedRedis redis) {
        return opened(RedisClient.create(redis.uri()));
    }

    private static Object command(RedisClient admin, String name, String... args) {
        return admin.executeCommand(
                new CommandArguments(() -> name.getBytes(StandardCharsets.US_ASCII)).addObjects(List.of(args)));
    }

    /** Both clients are told the same, in the server's own word. */
    private void bothFail(EmbeddedRedis redis, String word, Trouble trouble) {
        for (Client client : Client.values()) {
            assertFailure(scripts(client, redis), word, trouble);
        }
    }

    private ScriptRunner scripts(Client client, EmbeddedRedis redis) {
        return opened(client.standalone(redis.uri())).scripts().apply(SHORT);
    }

    private static void assertFailure(ScriptRunner scripts, String word, Trouble trouble) {
        StoreUnavailableException failure = catchThrowableOfType(
                StoreUnavailableException.class, () -> scripts.run(Script.POOLS, META, List.of("test")));
        assertThat(failure).isNotNull();
        assertThat(failure.trouble()).as(failure.getMessage()).isEqualTo(trouble);
        // Redisson takes this one word away.
        assertThat(failure.getMessage()).contains(word.equals("OOM") ? "maxmemory" : word);
    }

    @Test
    void aReplicaRefusesWrites() {
        EmbeddedRedis primary = server();
        EmbeddedRedis replica = server("replicaof 127.0.0.1 " + primary.port());

        bothFail(replica, "READONLY", Trouble.AWAY);
    }

    @Test
    void aReplicaWithoutItsPrimaryServesNothing() {
        EmbeddedRedis replica = server("replica-serve-stale-data no");
        ScriptRunner jedis = scripts(Client.JEDIS, replica);
        ScriptRunner redisson = scripts(Client.REDISSON, replica);
        command(admin(replica), "REPLICAOF", "127.0.0.1", "1");

        assertFailure(jedis, "MASTERDOWN", Trouble.AWAY);
        assertFailure(redisson, "MASTERDOWN", Trouble.AWAY);
    }

    @Test
    void aFullServerRefusesToGrow() {
        EmbeddedRedis redis = server("maxmemory 1");

        bothFail(redis, "OOM", Trouble.UNABLE);
    }

    @Test
    void aPrimaryWithoutItsReplicasRefusesWrites() {
        EmbeddedRedis redis = server("min-replicas-to-write 1");

        bothFail(redis, "NOREPLICAS", Trouble.UNABLE);
    }

    @Test
    void aServerThatCannotSaveRefusesWrites(@TempDir Path tmp) throws Exception {
        Path dir = Files.createDirectory(tmp.resolve("data"));
        EmbeddedRedis redis = opened(EmbeddedRedis.builder()
                .workingDirectory(dir)
                .config("save 3600 1")
                .start());
        ScriptRunner jedis = scripts(Client.JEDIS, redis);
        ScriptRunner redisson = scripts(Client.REDISSON, redis);
        Files.delete(dir);
        RedisClient admin = admin(redis);
        admin.set("a", "1");
        command(admin, "BGSAVE");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> admin.info("persistence").contains("status:err"));

        assertFailure(jedis, "MISCONF", Trouble.UNABLE);
        assertFailure(redisson, "MISCONF", Trouble.UNABLE);
    }

    @Test
    void somebodyElsesScriptKeepsTheServerBusy() {
        EmbeddedRedis redis = server("busy-reply-threshold 1");
        ScriptRunner jedis = scripts(Client.JEDIS, redis);
        ScriptRunner redisson = scripts(Client.REDISSON, redis);
        RedisClient other = admin(redis);
        CompletableFuture<Void> endless = CompletableFuture.runAsync(() -> {
            try {
                other.eval("while true do end");
            } catch (JedisException e) {
                // Killed below.
            }
        });
        RedisClient admin = opened(RedisClient.create(redis.uri()));
        await().atMost(Duration.ofSeconds(20)).until(() -> isBusy(admin));

        assertFailure(jedis, "BUSY", Trouble.AWAY);
        assertFailure(redisson, "BUSY", Trouble.AWAY);
        command(admin, "SCRIPT", "KILL");
        endless.orTimeout(20, TimeUnit.SECONDS).join();
        assertThat(jedis.run(Script.POOLS, META, List.of("")).status()).isEqualTo("POOLS");
    }

    private static boolean isBusy(RedisClient admin) {
        try {
            admin.ping();
            return false;
        } catch (JedisException e) {
            return String.valueOf(e.getMessage()).startsWith("BUSY");
        }
    }

    @Test
    void aWorkerWithoutPasswordOrPermissionIsRefused() {
        EmbeddedRedis redis = server("user default on nopass ~* &* +@all", "user few on >few ~other:* +@all");
        URI few = URI.create("redis://few:few@127.0.0.1:" + redis.port());
        assertFailure(own(few), "NOPERM", Trouble.NO_ACCESS);
        assertFailure(own(URI.create("redis://few:wrong@127.0.0.1:" + redis.port())), "WRONGPASS", Trouble.NO_ACCESS);

        command(admin(redis), "ACL", "SETUSER", "few", "resetkeys", "~*", "-sadd");
        assertFailure(own(few), "can't run this command", Trouble.NO_ACCESS);

        command(admin(redis), "CONFIG", "SET", "requirepass", "secret");
        assertFailure(own(redis.uri()), "NOAUTH", Trouble.NO_ACCESS);
    }

    private ScriptRunner own(URI uri) {
        return opened(
                new JedisScriptRunner(JedisConnections.open(uri.toString(), "test"), true, SHORT, Scripting.EVALSHA));
    }

    @Test
    void foreignDataConcernsOnlyItsCall() {
        EmbeddedRedis redis = server();
        admin(redis).set(META, "not a set");

        bothFail(redis, "WRONGTYPE", Trouble.DAMAGED);
        assertThat(own(redis.uri())
                        .run(Script.POOLS, "keycoord:pools", List.of(""))
                        .status())
                .isEqualTo("POOLS");
    }

    @Test
    void aNodeOfAClusterServesOnlyIfAllIsWell() {
        EmbeddedRedis node = server("cluster-enabled yes", "cluster-require-full-coverage no", "cluster-port 0");
        assertFailure(own(node.uri()), "CLUSTERDOWN", Trouble.AWAY);

        command(admin(node), "CLUSTER", "ADDSLOTSRANGE", "0", "16383");
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptionsInstanceOf(StoreUnavailableException.class)
                .until(() -> own(node.uri())
                        .run(Script.POOLS, META, List.of("test"))
                        .status()
                        .equals("POOLS"));
    }
}
