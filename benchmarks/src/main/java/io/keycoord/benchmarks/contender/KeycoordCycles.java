package io.keycoord.benchmarks.contender;

import io.keycoord.Acquisition;
import io.keycoord.KeyCoordinator;
import io.keycoord.Lease;
import io.keycoord.LeaseRequest;
import io.keycoord.Outcome;
import io.keycoord.Usage;
import io.keycoord.redis.RedisKeyCoordinator;
import io.keycoord.redis.RedisKeyCoordinatorBuilder;
import java.net.URI;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.redisson.api.RedissonClient;

/** Keycoord: acquire and settle, on a pool of its own. */
public final class KeycoordCycles implements Cycles {
    private static final Outcome OUTCOME = Outcome.success(Usage.tokens(Load.INPUT_TOKENS, Load.USED_OUTPUT_TOKENS));

    private static final Duration SHORT_WAIT = Duration.ofSeconds(2);

    private final KeyCoordinator keys;
    private final LeaseRequest request;
    private final boolean waits;
    private final Runnable afterwards;

    private KeycoordCycles(
            RedisKeyCoordinatorBuilder builder, String pool, Load load, boolean waits, Runnable afterwards) {
        this.keys = builder.config(Pools.wide(pool, load.accounts()))
                .secrets(Pools.secrets())
                .build();
        this.request = LeaseRequest.of(pool)
                .withModel("m")
                .withTokens(Load.INPUT_TOKENS, Load.RESERVED_OUTPUT_TOKENS)
                .withMaxWait(SHORT_WAIT);
        this.waits = waits;
        this.afterwards = afterwards;
    }

    static Cycles overJedis(URI redis, Load load) {
        return of("plain", redis, load);
    }

    static Cycles combined(URI redis, Load load) {
        return new KeycoordCycles(overJedis(redis), "combined", load, false, () -> {});
    }

    static Cycles withDeadline(URI redis, Load load) {
        return new KeycoordCycles(overJedis(redis), "deadline", load, true, () -> {});
    }

    static Cycles overRedisson(URI redis, Load load) {
        RedissonClient redisson = Clients.redisson(redis);
        return new KeycoordCycles(
                RedisKeyCoordinator.builder().redisson(redisson).combining(false),
                "redisson",
                load,
                false,
                () -> redisson.shutdown(0, 2, TimeUnit.SECONDS));
    }

    /** Over Jedis, on the pool of this id, a call each. */
    public static KeycoordCycles of(String pool, URI redis, Load load) {
        return new KeycoordCycles(overJedis(redis).combining(false), pool, load, false, () -> {});
    }

    private static RedisKeyCoordinatorBuilder overJedis(URI redis) {
        return RedisKeyCoordinator.builder().redis("redis://" + redis.getHost() + ":" + redis.getPort());
    }

    /**
     * The first half of a cycle.
     *
     * @throws io.keycoord.KeyUnavailableException if it is denied
     */
    public Lease acquire() {
        return keys.tryAcquire(request).orElseThrow();
    }

    /** The second half of a cycle. */
    public void settle(Lease lease) {
        lease.settle(OUTCOME);
    }

    @Override
    public boolean run(SplittableRandom random) {
        if (waits) {
            settle(keys.acquire(request));
            return true;
        }
        if (keys.tryAcquire(request) instanceof Acquisition.Granted granted) {
            settle(granted.lease());
            return true;
        }
        return false;
    }

    @Override
    public void close() {
        keys.close();
        afterwards.run();
    }
}
