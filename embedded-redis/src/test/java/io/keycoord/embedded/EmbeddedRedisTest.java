package io.keycoord.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRedisTest {
    @Test
    void answersOnItsPortUntilItIsClosed() {
        EmbeddedRedis redis = EmbeddedRedis.start();

        assertThat(Ask.redis(redis, "PING")).isEqualTo("PONG");
        assertThat(redis.uri()).isEqualTo(URI.create("redis://127.0.0.1:" + redis.port()));
        assertThat(redis.isRunning()).isTrue();

        redis.close();

        assertThat(Ask.answers(redis.port())).isFalse();
        assertThat(redis.isRunning()).isFalse();
    }

    @Test
    void closingTwiceIsClosingOnce() {
        EmbeddedRedis redis = EmbeddedRedis.start();
        redis.close();
        redis.close();

        assertThatIllegalStateException().isThrownBy(redis::restart).withMessageContaining("is closed");
    }

    @Test
    void leavesNoDirectoryBehind() {
        EmbeddedRedis redis = EmbeddedRedis.start();
        Path home = workingDirectory(redis);
        assertThat(home).isDirectory();

        redis.close();

        assertThat(home).doesNotExist();
    }

    @Test
    void onlyTheUserCanReadItsConfiguration() throws IOException {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(workingDirectory(redis))))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void twoServersShareNothing() {
        try (EmbeddedRedis one = EmbeddedRedis.start();
                EmbeddedRedis other = EmbeddedRedis.start()) {
            Ask.redis(one, "SET", "keycoord:x", "1");

            assertThat(one.port()).isNotEqualTo(other.port());
            assertThat(Ask.redis(other, "DBSIZE")).isEqualTo(0L);
        }
    }

    @Test
    void aCrashedServerComesBackOnItsPortWithWhatItAcknowledged() {
        try (EmbeddedRedis redis = EmbeddedRedis.builder().appendOnly().start()) {
            int port = redis.port();
            Ask.redis(redis, "SET", "keycoord:x", "kept");

            redis.crash();
            assertThat(redis.isRunning()).isFalse();
            assertThat(Ask.answers(port)).isFalse();
            redis.restart();

            assertThat(redis.port()).isEqualTo(port);
            assertThat(Ask.redis(redis, "GET", "keycoord:x")).isEqualTo("kept");
        }
    }

    @Test
    void anotherServerFindsWhatWasAppendedToAGivenDirectory(@TempDir Path temp) {
        Path dir = temp.resolve("new \"quoted\" \\ dir");
        try (EmbeddedRedis redis = EmbeddedRedis.builder().appendOnly(dir).start()) {
            Ask.redis(redis, "SET", "keycoord:x", "kept");
        }

        try (EmbeddedRedis next = EmbeddedRedis.builder().appendOnly(dir).start()) {
            assertThat(Ask.redis(next, "GET", "keycoord:x")).isEqualTo("kept");
        }
    }

    @Test
    void aDirectoryServesOneServerAtATime(@TempDir Path dir) {
        try (EmbeddedRedis redis = EmbeddedRedis.builder().appendOnly(dir).start()) {
            assertThat(redis.isRunning()).isTrue();
            assertThatThrownBy(() -> EmbeddedRedis.builder().appendOnly(dir).start())
                    .isInstanceOf(RedisStartException.class)
                    .hasMessageContaining(dir.toString())
                    .hasMessageContaining("in use by another embedded Redis");
        }
    }

    @Test
    void withoutAnAppendOnlyFileARestartForgets() {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            Ask.redis(redis, "SET", "keycoord:x", "lost");
            redis.restart();

            assertThat(Ask.redis(redis, "DBSIZE")).isEqualTo(0L);
        }
    }

    @Test
    void aPausedServerIsSilentAndCanStillBeClosed() {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            redis.pause();
            assertThatThrownBy(() -> Ask.redis(redis, "PING"))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("timed out");
            redis.resume();
            assertThat(Ask.redis(redis, "PING")).isEqualTo("PONG");
            redis.pause();
        }
    }

    @Test
    void aLineThatRedisRefusesIsQuotedInTheError() {
        assertThatThrownBy(
                        () -> EmbeddedRedis.builder().config("maxmemory plenty").start())
                .isInstanceOf(RedisStartException.class)
                .hasMessageContaining("maxmemory plenty")
                .hasMessageContaining("argument must be a memory value");
    }

    @Test
    void aPasswordThatRedisRefusesIsNotInTheError() {
        assertThatThrownBy(() -> EmbeddedRedis.builder()
                        .config("requirepass canary-1234 canary-5678")
                        .start())
                .isInstanceOf(RedisStartException.class)
                .hasMessageContaining("requirepass")
                .hasMessageNotContaining("canary");
    }

    @Test
    void moreThanOneLineIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EmbeddedRedis.builder().config("a\nb"))
                .withMessageContaining("exactly one line");
    }

    @Test
    void usersComeFromAnAclFile(@TempDir Path dir) throws IOException {
        Path acl = Files.writeString(dir.resolve("users.acl"), "user default off\nuser ann on >ann-pass ~* +ping\n");
        try (EmbeddedRedis redis = EmbeddedRedis.builder().aclFile(acl).start()) {
            assertThat(Ask.redis(URI.create("redis://ann:ann-pass@127.0.0.1:" + redis.port()), "PING"))
                    .isEqualTo("PONG");
            assertThatThrownBy(() -> Ask.redis(redis, "PING")).hasMessageContaining("NOAUTH");
        }
    }

    @Test
    void theLaunchersSettingsWinOverAConfigurationFile(@TempDir Path dir) throws IOException {
        Path file = Files.write(
                dir.resolve("mine.conf"),
                List.of("port 1", "bind 192.0.2.1", "daemonize yes", "logfile mine.log", "maxclients 77"));
        try (EmbeddedRedis redis = EmbeddedRedis.builder().configFile(file).start()) {
            assertThat(Ask.redis(redis, "CONFIG", "GET", "maxclients")).isEqualTo(List.of("maxclients", "77"));
        }
    }

    @Test
    void anotherServerBinaryCanBeNamed() {
        assertThatThrownBy(() -> EmbeddedRedis.builder()
                        .serverBinary(Path.of("no-such-redis-server"))
                        .start())
                .isInstanceOf(RedisStartException.class)
                .hasMessageContaining("no-such-redis-server");
    }

    @Test
    void aTakenPortIsAnErrorAtRestart() throws IOException {
        try (EmbeddedRedis redis = EmbeddedRedis.start()) {
            redis.crash();
            try (ServerSocket thief = new ServerSocket(redis.port(), 1, InetAddress.getLoopbackAddress())) {
                assertThatThrownBy(redis::restart)
                        .isInstanceOf(RedisStartException.class)
                        .hasMessageContaining("port " + thief.getLocalPort() + " was taken");
            }
        }
    }

    private static Path workingDirectory(EmbeddedRedis redis) {
        return Path.of(
                ((List<?>) Ask.redis(redis, "CONFIG", "GET", "dir")).get(1).toString());
    }
}
