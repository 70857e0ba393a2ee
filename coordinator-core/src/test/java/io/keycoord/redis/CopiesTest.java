package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.keycoord.StoreUnavailableException;
import io.keycoord.StoreUnavailableException.Trouble;
import io.keycoord.config.Durability;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What follows from each answer to WAIT and WAITAOF, over each client that can ask so. */
class CopiesTest {
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(150);
    private static final String NO_COPY = ":0\r\n";
    private static final String OLD_PRIMARY =
            "-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)\r\n";

    private interface Check {
        void of(FakeRedis redis, ScriptRunner scripts);
    }

    private static void with(Client client, Duration failoverWait, Durability durability, Check check)
            throws IOException {
        try (FakeRedis redis = new FakeRedis(command -> FakeRedis.DONE);
                Client.Connected connected = client.standalone(redis.uri())) {
            check.of(redis, connected.scripts().apply(failoverWait).copied(durability));
        }
    }

    private static Reply run(ScriptRunner scripts) {
        return scripts.run(Script.POOLS, "keycoord:pools", List.of("x"));
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void oneReplicaIsEnough(Client client) throws IOException {
        with(client, SHORT, Durability.REPLICA, (redis, scripts) -> {
            Reply reply = run(scripts);

            assertThat(reply.status()).isEqualTo("DONE");
            assertThat(reply.doubt()).isEmpty();
            assertThat(redis.scripts).containsExactly("EVALSHA");
        });
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void noneIsADoubtAboutTheSameReply(Client client) throws IOException {
        with(client, LONG, Durability.REPLICA, (redis, scripts) -> {
            redis.copies = () -> NO_COPY;

            Reply reply = run(scripts);

            assertThat(reply.status()).isEqualTo("DONE");
            assertThat(reply.doubt()).map(RedisError::code).contains(RedisError.UNCOPIED);
            assertThat(redis.scripts).as("calls").containsExactly("EVALSHA");
        });
    }

    @Test
    void onlyItsOwnFileCountsForAServer() throws IOException {
        with(Client.JEDIS, SHORT, Durability.AOF, (redis, scripts) -> {
            redis.copies = () -> "*2\r\n:1\r\n:0\r\n";
            assertThat(run(scripts).doubt()).isEmpty();

            redis.copies = () -> "*2\r\n:0\r\n:3\r\n";
            assertThat(run(scripts).doubt()).map(RedisError::code).contains(RedisError.UNCOPIED);
        });
    }

    static Stream<Arguments> refusals() {
        return Stream.of(Client.values())
                .flatMap(client -> Stream.of(
                        Arguments.of(
                                client,
                                "NOPERM this user has no permissions to run the 'wait' command",
                                Trouble.NO_ACCESS),
                        Arguments.of(client, "ERR unknown command 'WAIT', with args", Trouble.NO_ACCESS),
                        Arguments.of(
                                client,
                                "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
                                Trouble.UNABLE)));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aRefusalIsADoubtInTheServersWords(Client client, String answer, Trouble trouble) throws IOException {
        with(client, LONG, Durability.REPLICA, (redis, scripts) -> {
            redis.copies = () -> "-" + answer + "\r\n";

            Optional<RedisError> doubt = run(scripts).doubt();

            assertThat(doubt).map(RedisError::text).contains(answer);
            assertThat(doubt).map(error -> Remedy.of(error).trouble).contains(trouble);
        });
    }

    /** A server that stops being the primary meanwhile, or goes: the next one may not have heard of it. */
    static Stream<Arguments> losses() {
        return Stream.of(Client.values())
                .flatMap(client -> Stream.of(
                                OLD_PRIMARY, "-ERR WAIT cannot be used with replica instances.\r\n", FakeRedis.HANGS_UP)
                        .map(answer -> Arguments.of(client, answer)));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void whoeverIsNoLongerThePrimaryIsNotBelieved(Client client, String answer) throws IOException {
        Deque<String> answers = new ArrayDeque<>(List.of(answer, ":1\r\n"));
        with(client, LONG, Durability.REPLICA, (redis, scripts) -> {
            redis.copies = answers::removeFirst;

            Reply reply = run(scripts);

            assertThat(reply.doubt()).isEmpty();
            assertThat(redis.scripts).containsExactly("EVALSHA", "EVALSHA");
        });
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void aServerThatFallsSilentIsAway(Client client) throws IOException {
        with(client, SHORT, Durability.REPLICA, (redis, scripts) -> {
            redis.copies = () -> FakeRedis.SAYS_NOTHING;

            StoreUnavailableException failure =
                    catchThrowableOfType(StoreUnavailableException.class, () -> run(scripts));

            assertThat(failure.trouble()).isEqualTo(Trouble.AWAY);
        });
    }

    @ParameterizedTest
    @EnumSource(Client.class)
    void whatTheScriptIsAnsweredComesFirst(Client client) throws IOException {
        with(client, SHORT, Durability.REPLICA, (redis, scripts) -> {
            redis.answers = command -> "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

            StoreUnavailableException failure =
                    catchThrowableOfType(StoreUnavailableException.class, () -> run(scripts));

            assertThat(failure.trouble()).isEqualTo(Trouble.UNABLE);
        });
    }

    @Test
    void whoCannotTellOfFilesSaysSo() throws IOException {
        try (FakeRedis redis = new FakeRedis(command -> FakeRedis.DONE);
                Client.Connected connected = Client.REDISSON.standalone(redis.uri())) {
            ScriptRunner scripts = connected.scripts().apply(SHORT);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scripts.copied(Durability.AOF))
                    .withMessageContaining("durability aof")
                    .withMessageContaining("Redisson");
        }
    }
}
