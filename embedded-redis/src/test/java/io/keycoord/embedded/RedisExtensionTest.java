package io.keycoord.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RedisExtension.class)
class RedisExtensionTest {
    private final TestRedis redis;

    RedisExtensionTest(TestRedis redis) {
        this.redis = redis;
    }

    @Test
    void everyPlaceGetsTheSameRedis(TestRedis parameter) {
        assertThat(parameter).isSameAs(redis);
        assertThat(redis.source()).isIn("url", "testcontainers", "embedded");
        assertThat(Ask.redis(redis.uri(), "PING")).isEqualTo("PONG");
    }

    @Nested
    class Within {
        @Test
        void nestedClassesToo(TestRedis parameter) {
            assertThat(parameter).isSameAs(redis);
        }
    }
}
