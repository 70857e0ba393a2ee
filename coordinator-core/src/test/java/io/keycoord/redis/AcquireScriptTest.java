package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.RedisClient;

/** {@code lua/acquire.lua} on a real Redis. */
@ExtendWith(RedisExtension.class)
class AcquireScriptTest {
    private RedisClient jedis;

    @BeforeEach
    void connect(TestRedis redis) {
        redis.clear();
        jedis = RedisClient.create(redis.uri());
    }

    @AfterEach
    void disconnect() {
        jedis.close();
    }

    @Test
    void grantsUntilTheRequestsAreUsedUpAndTellsTheExactWait() {
        Engine engine = new Engine(jedis, headroom(solo("a", limits(perMinute(2), perMinute(1000), 10))));

        assertThat(engine.acquire(10).granted()).isTrue();
        assertThat(engine.acquire(10).granted()).isTrue();
        Answer third = engine.acquire(10);

        assertThat(third.reason()).isEqualTo("RATE_LIMITED");
        assertThat(third.hintUs()).isEqualTo(30_000_000);
        engine.now += 29_999_999;
        assertThat(engine.acquire(10).granted()).isFalse();
        engine.now += 1;
        assertThat(engine.acquire(10).granted()).isTrue();
    }

    @Test
    void repeatsTheFirstAnswerToARepeatedId() {
        Engine engine =
                new Engine(jedis, headroom(account("a", limits(perMinute(2), perMinute(1000), 10), "k1", "k2")));
        Answer first = engine.acquire("x", Ask.tokens(10));
        engine.advanceMs(5);

        Answer again = engine.acquire("x", Ask.tokens(10));

        assertThat(again.record()).isEqualTo(first.record());
        assertThat(engine.hash("account:a")).containsEntry("in_flight", "1");
    }

    @Test
    void settlingGivesBackWhatWasNotUsed() {
        Engine engine = new Engine(jedis, headroom(account("a", limits(perMinute(100), perMinute(1000), 10), "k1")));
        Answer lease = engine.acquire(1000);
        assertThat(engine.acquire(1000).granted()).isFalse();

        Reply settled = engine.settle(lease, How.success(400));

        assertThat(settled.status()).isEqualTo("SETTLED");
        assertThat(engine.settle(lease, How.success(400)).status()).isEqualTo("DUPLICATE");
        assertThat(engine.hash("account:a")).containsEntry("in_flight", "0").containsEntry("tokens_left", "600");
        assertThat(engine.acquire(600).granted()).isTrue();
    }

    @Test
    void reservesTheEarliestStartWithinTheWait() {
        Engine engine = new Engine(jedis, headroom(solo("a", limits(perMinute(60), perMinute(600), 10))));
        engine.acquire(600);

        Answer reserved = engine.acquire("r", Ask.tokens(100).waiting(20_000_000));

        assertThat(reserved.granted()).isTrue();
        assertThat(reserved.waitUs()).isEqualTo(10_000_000);
    }
}
