package io.keycoord.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What tests may do to a Redis that is given by URL: here another embedded one plays the user's. */
class TestServerTest {
    private static EmbeddedRedis users;

    @BeforeAll
    static void start() {
        users = EmbeddedRedis.builder().config("requirepass pa:ss+w@rd").start();
    }

    @AfterAll
    static void stop() {
        users.close();
    }

    @BeforeEach
    void empty() {
        Ask.redis(uri(""), "FLUSHALL");
    }

    @Test
    void aDatabaseWithForeignKeysIsRefusedAndLeftAsItIs() {
        Ask.redis(uri(""), "SET", "keycoord:x", "1");
        Ask.redis(uri(""), "SET", "somebody:else", "1");

        assertThatIllegalStateException()
                .isThrownBy(() -> given("").clear())
                .withMessageContaining("redis://127.0.0.1:" + users.port())
                .withMessageContaining("1 keys that are not named keycoord:*, among them [somebody:else]")
                .withMessageNotContaining("pa");
        assertThat(Ask.redis(uri(""), "DBSIZE")).isEqualTo(2L);
    }

    @Test
    void onlyTheNamedDatabaseIsEmptied() {
        Ask.redis(uri(""), "SET", "keycoord:x", "1");
        Ask.redis(uri("/2"), "SET", "keycoord:x", "1");

        given("/2").clear();

        assertThat(Ask.redis(uri("/2"), "DBSIZE")).isEqualTo(0L);
        assertThat(Ask.redis(uri(""), "DBSIZE")).isEqualTo(1L);
    }

    @Test
    void manyKeysOfOddNamesAreDeleted() {
        Ask.redis(uri(""), "EVAL", "for i = 1, 5000 do redis.call('SET', 'keycoord:{\\255 ' .. i .. '}', i) end", "0");

        given("").clear();

        assertThat(Ask.redis(uri(""), "DBSIZE")).isEqualTo(0L);
    }

    @Test
    void aUrlIsUsedWithoutAskingDockerOrStartingAnything() {
        try (TestServer server =
                TestServer.start(Map.of(TestServer.VARIABLE, uri("/1").toString()))) {
            assertThat(server.redis()).isEqualTo(new TestRedis(uri("/1"), "url"));
        }
    }

    @Test
    void aUrlOfAnotherKindIsRefusedWithoutShowingIt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TestServer.start(Map.of(TestServer.VARIABLE, "http://me:canary@host")))
                .withMessageContaining(TestServer.VARIABLE)
                .withMessageNotContaining("canary");
    }

    @Test
    void aRedisThatDoesNotAnswerIsAnErrorNotAnotherRedis() {
        EmbeddedRedis gone = EmbeddedRedis.start();
        gone.close();

        assertThatThrownBy(() -> new TestRedis(gone.uri(), "url").clear())
                .hasMessageContaining("the tests' Redis at redis://127.0.0.1:" + gone.port());
    }

    @Test
    void aPasswordIsNotPrinted() {
        assertThat(given("").toString()).isEqualTo("redis://127.0.0.1:" + users.port() + " (url)");
    }

    @Test
    void withoutUrlAndDockerTheTestsStartTheirOwn() {
        try (TestServer server = TestServer.embedded()) {
            Ask.redis(server.redis().uri(), "SET", "any:key", "1");
            server.redis().clear();

            assertThat(Ask.redis(server.redis().uri(), "DBSIZE")).isEqualTo(0L);
        }
    }

    @Test
    void dockerIsLookedForWhereTheEnvironmentSaysItIs() {
        assertThat(DockerRedis.isPlausible(Map.of("DOCKER_HOST", "tcp://127.0.0.1:1")))
                .isTrue();
        assertThat(DockerRedis.start(Map.of("DOCKER_HOST", "tcp://127.0.0.1:1")))
                .isEmpty();
    }

    private static TestRedis given(String path) {
        return new TestRedis(uri(path), "url");
    }

    private static URI uri(String path) {
        return URI.create("redis://:pa%3Ass+w%40rd@127.0.0.1:" + users.port() + path);
    }
}
