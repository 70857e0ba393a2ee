package io.keycoord.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.keycoord.embedded.EmbeddedRedis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.RedisClient;

class ServerTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://192.0.2.1:6379",
                "redis://:sesame@127.0.0.1:6379",
                "rediss://127.0.0.1:6379",
                "redis://127.0.0.1",
                "127.0.0.1:6379",
                "redis://[",
            })
    void onlyAPlainServerOnLoopbackIsMeasured(String url) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Server.at(url))
                .withMessageContaining("expected redis://host:port of an empty Redis on loopback, without a password")
                .satisfies(refused -> assertThat(refused.getMessage()).doesNotContain("sesame"));
    }

    @Test
    void aServerThatHoldsSomethingIsRefusedAndKeepsIt() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                RedisClient client = RedisClient.create(redis.uri())) {
            client.set("mine", "1");

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Server.at(redis.uri().toString()))
                    .withMessage("the Redis at " + redis.uri() + " holds 1 Redis keys, expected an empty one");
            assertThat(client.get("mine")).isEqualTo("1");
        }
    }

    @Test
    void anEmptyServerIsMeasuredAndLives() {
        try (EmbeddedRedis redis = EmbeddedRedis.start();
                RedisClient client = RedisClient.create(redis.uri())) {
            try (Server server = Server.at(redis.uri().toString())) {
                assertThat(server.version()).matches("(Redis|Valkey) \\d+\\.\\d+.*");
                assertThat(server.usedMemory()).isPositive();
                assertThat(server.cpuMicros()).isPositive();
            }
            assertThat(client.ping()).isEqualTo("PONG");
        }
    }

    @Test
    void readsAreCountedOnceForEachCommand() {
        try (Server server = Server.embedded();
                RedisClient client =
                        RedisClient.create(server.uri().getHost(), server.uri().getPort())) {
            client.ping();
            long before = server.reads();
            for (int i = 0; i < 100; i++) {
                client.ping();
            }
            // The second question is one itself.
            assertThat(server.reads() - before).isEqualTo(101);
        }
    }
}
