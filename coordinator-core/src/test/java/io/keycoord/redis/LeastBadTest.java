package io.keycoord.redis;

import static io.keycoord.redis.Pools.account;
import static io.keycoord.redis.Pools.key;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.pool;
import static io.keycoord.redis.Pools.requests;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.config.AccountConfig;
import io.keycoord.config.BreakerConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.Strategy;
import io.keycoord.config.UnhealthyPolicy;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.How;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The one call that is sent although every key rests. */
class LeastBadTest extends ScriptTest {

    private Engine leastBad(Strategy strategy, AccountConfig... accounts) {
        return engine(pool(strategy, UnhealthyPolicy.LEAST_BAD, BreakerConfig.STANDARD, List.of(accounts)));
    }

    /** Takes two leases, one of each key, and lets them fail so that both keys rest. */
    private static void restBothKeys(Engine engine) {
        for (Answer lease : List.of(engine.acquire(1), engine.acquire(1))) {
            engine.settle(lease, How.of("key_failed").failure("suspect"));
        }
    }

    @Test
    void keepsToTheLimitsOfItsKey() {
        LimitConfig two = requests(perMinute(2));
        Engine engine = leastBad(Strategy.MOST_HEADROOM, account("a", List.of(LimitConfig.NONE), key("k", 1, two)));
        engine.settle(engine.acquire(1), How.of("key_failed").failure("suspect"));

        Answer second = engine.acquire(1);
        assertThat(second.granted()).isTrue();
        engine.settle(second, How.of("key_failed"));

        assertThat(engine.acquire(1).reason()).isEqualTo("UNHEALTHY");
    }

    @Test
    void oneAtATimeAndItDecidesAboutItsKey() {
        Engine engine = leastBad(Strategy.MOST_HEADROOM, solo("a", LimitConfig.NONE), solo("b", LimitConfig.NONE));
        restBothKeys(engine);

        Answer sent = engine.acquire(1);
        assertThat(engine.hash("key:" + sent.key())).containsEntry("state", "HALF_OPEN");
        assertThat(engine.acquire(1).reason()).isEqualTo("UNHEALTHY");

        engine.settle(sent, How.success(1));
        assertThat(engine.hash("key:" + sent.key())).containsEntry("state", "CLOSED");
    }

    @Test
    void ofAnAccountWhoseKeysAllRestItCountsAsOneOfItsKeys() {
        Engine engine = leastBad(Strategy.ROUND_ROBIN, account("a", LimitConfig.NONE, "k1", "k2"));
        restBothKeys(engine);
        long pass = Long.parseLong(engine.hash("account:a").get("pass"));

        assertThat(engine.acquire(1).granted()).isTrue();

        assertThat(engine.hash("account:a")).containsEntry("pass", "" + (pass + 50_400));
    }
}
