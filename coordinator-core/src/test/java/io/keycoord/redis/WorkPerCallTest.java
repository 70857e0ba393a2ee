package io.keycoord.redis;

import static io.keycoord.redis.Pools.concurrency;
import static io.keycoord.redis.Pools.headroom;
import static io.keycoord.redis.Pools.limits;
import static io.keycoord.redis.Pools.perMinute;
import static io.keycoord.redis.Pools.pool;
import static io.keycoord.redis.Pools.solo;
import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Priority;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.Strategy;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.redis.Engine.Answer;
import io.keycoord.redis.Engine.Ask;
import io.keycoord.redis.Engine.How;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.RedisClient;

/** Redis commands that one script call comes to: bounded, however large the pool and whatever lies about in it. */
@ExtendWith(RedisExtension.class)
class WorkPerCallTest {
    private static final Pattern CALLS = Pattern.compile("cmdstat_[^:]+:calls=(\\d+)");
    private static final int FEW = 10;
    private static final int MANY = 2_000;
    private static final long HEALTHY = 40;
    private static final long REFUSED = 200;

    private final TestRedis redis;
    private RedisClient jedis;

    WorkPerCallTest(TestRedis redis) {
        this.redis = redis;
    }

    @BeforeEach
    void connect() {
        jedis = RedisClient.create(redis.uri());
    }

    @AfterEach
    void disconnect() {
        jedis.close();
    }

    private long commands(Runnable call) {
        long before = total();
        call.run();
        // The second INFO counts the first.
        return total() - before - 1;
    }

    private long total() {
        return CALLS.matcher(jedis.info("commandstats"))
                .results()
                .map(MatchResult::group)
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf('=') + 1)))
                .sum();
    }

    private Engine engine(Strategy strategy, int accounts) {
        redis.clear();
        return new Engine(
                jedis,
                pool(
                        strategy,
                        IntStream.range(0, accounts)
                                .mapToObj(i -> solo("a" + i, limits(perMinute(1), perMinute(100), 5)))
                                .toArray(AccountConfig[]::new)));
    }

    /** An acquire and its settlement, when the pool has just been used a little. */
    private long healthy(Engine engine) {
        engine.settle(engine.acquire(10), How.success(10));
        return commands(() -> {
            Answer lease = engine.acquire(10);
            engine.settle(lease, How.success(5));
        });
    }

    /** As many settles and acquires in one call. */
    private long batched(Engine engine, int count) {
        List<List<String>> acquires = IntStream.range(0, count)
                .mapToObj(i -> engine.words(engine.nextId(), Engine.Ask.tokens(10)))
                .toList();
        List<Reply> granted = engine.batch(List.of(), acquires);
        List<List<String>> settles = IntStream.range(0, count)
                .mapToObj(
                        i -> engine.words(acquires.get(i).get(0), granted.get(i).text(6), How.success(5)))
                .toList();
        List<List<String>> next = IntStream.range(0, count)
                .mapToObj(i -> engine.words(engine.nextId(), Engine.Ask.tokens(10)))
                .toList();
        return commands(() -> engine.batch(settles, next));
    }

    /** A refusal, when every account has used its requests up. */
    private long refused(Engine engine) {
        while (engine.acquire(10).granted()) {
            engine.now += 1;
        }
        return commands(() -> assertThat(engine.acquire(10).granted()).isFalse());
    }

    /** The most that one acquire comes to, when a lease of every account has expired at once. */
    private long withBacklog(Engine engine) {
        engine.advanceMs(3_600_000);
        return IntStream.range(0, 5)
                .mapToLong(i -> commands(() -> engine.acquire(100)))
                .max()
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void aBatchComesToNoMoreThanItsCalls(Strategy strategy) {
        long plain = healthy(engine(strategy, MANY));
        long one = batched(engine(strategy, MANY), 1);
        long eight = batched(engine(strategy, MANY), 8);
        long thirtyTwo = batched(engine(strategy, MANY), 32);

        System.out.printf(
                "commands per cycle, %s: plain %d, in batches of 1: %d, of 8: %.1f, of 32: %.1f%n",
                strategy, plain, one, eight / 8.0, thirtyTwo / 32.0);
        assertThat(one).isLessThan(plain);
        assertThat(eight).isLessThan(8 * (plain - 4));
        assertThat(thirtyTwo).isLessThan(32 * (plain - 5));
    }

    @ParameterizedTest
    @EnumSource(Strategy.class)
    void doesNotGrowWithThePool(Strategy strategy) {
        Engine few = engine(strategy, FEW);
        long healthyFew = healthy(few);
        long refusedFew = refused(few);
        Engine many = engine(strategy, MANY);
        long healthyMany = healthy(many);
        long refusedMany = refused(many);
        long backlogMany = withBacklog(many);

        System.out.printf(
                "commands per call, %s: acquire and settle %d (%d accounts) %d (%d), refusal %d %d, after %d leases expired %d%n",
                strategy, healthyFew, FEW, healthyMany, MANY, refusedFew, refusedMany, MANY, backlogMany);
        assertThat(healthyMany).isLessThanOrEqualTo(healthyFew).isLessThanOrEqualTo(HEALTHY);
        assertThat(refusedMany).isLessThanOrEqualTo(REFUSED);
        assertThat(backlogMany).isLessThanOrEqualTo(REFUSED);
    }

    /** The slots that are freed are looked at once, not once for each who has to leave them. */
    @Test
    void manyWhoHaveToLeaveASlotCostLittleMoreThanOne() {
        assertThat(endedBeforeBatchCallers(20)).isLessThanOrEqualTo(endedBeforeBatchCallers(1) + 8);
    }

    private long endedBeforeBatchCallers(int waiting) {
        redis.clear();
        Engine engine = new Engine(jedis, headroom(solo("a", concurrency(10))));
        List<Answer> held = IntStream.range(0, 10)
                .mapToObj(i -> engine.acquire(Ask.tokens(1).as(Priority.INTERACTIVE)))
                .toList();
        for (int i = 0; i < waiting; i++) {
            engine.acquire("w" + i, "r", Ask.tokens(1).as(Priority.BATCH));
        }
        return commands(() -> engine.settle(held.get(0), How.success(1)));
    }
}
