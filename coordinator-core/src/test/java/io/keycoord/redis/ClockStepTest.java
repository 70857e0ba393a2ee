package io.keycoord.redis;

import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.RedisClient;

/** A server's clock that is set back. */
@ExtendWith(RedisExtension.class)
class ClockStepTest {

    @Test
    void aPoolThatOnlyDeniesGoesOnAfterTheClockIsSetBack(TestRedis redis) {
        try (RedisClient jedis = RedisClient.create(redis.uri())) {
            Engine engine = new Engine(jedis, headroom(solo("a", requests(perMinute(1)))));
            assertThat(engine.acquire(1).granted()).isTrue();
            engine.advanceMs(-3_600_000);
            assertThat(engine.acquire(1).hintUs()).isEqualTo(60_000_000);

            engine.advanceMs(30_000);
            assertThat(engine.acquire(1).hintUs()).isEqualTo(30_000_000);
            engine.advanceMs(30_000);
            assertThat(engine.acquire(1).granted()).isTrue();
        }
    }
}
