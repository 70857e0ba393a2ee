package io.keycoord.benchmarks.contender;

import java.net.URI;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.redisson.api.RPermitExpirableSemaphore;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;

/** Redisson: a limiter of requests, one of tokens and a semaphore for each key, and the key chosen by chance. */
final class RedissonLimiters implements Cycles {
    private static final long LEASE_SECONDS = 120;
    private static final int PREPARED_AT_A_TIME = 500;

    /** One key. */
    private record Limiters(RRateLimiter requests, RRateLimiter tokens, RPermitExpirableSemaphore slots) {
        static Limiters of(RedissonClient redisson, int key) {
            return new Limiters(
                    redisson.getRateLimiter("redisson:requests:{key-" + key + "}"),
                    redisson.getRateLimiter("redisson:tokens:{key-" + key + "}"),
                    redisson.getPermitExpirableSemaphore("redisson:slots:{key-" + key + "}"));
        }

        Stream<CompletableFuture<?>> prepare() {
            Duration minute = Duration.ofMinutes(1);
            return Stream.of(
                    requests.trySetRateAsync(RateType.OVERALL, Load.REQUESTS, minute)
                            .toCompletableFuture(),
                    tokens.trySetRateAsync(RateType.OVERALL, Load.TOKENS, minute)
                            .toCompletableFuture(),
                    slots.trySetPermitsAsync(Load.CONCURRENCY).toCompletableFuture());
        }
    }

    private final RedissonClient redisson;
    private final Limiters[] keys;

    private RedissonLimiters(RedissonClient redisson, Limiters[] keys) {
        this.redisson = redisson;
        this.keys = keys;
    }

    static Cycles open(URI uri, Load load) {
        RedissonClient redisson = Clients.redisson(uri);
        Limiters[] keys = IntStream.range(0, load.accounts())
                .mapToObj(i -> Limiters.of(redisson, i))
                .toArray(Limiters[]::new);
        for (int from = 0; from < keys.length; from += PREPARED_AT_A_TIME) {
            Stream<Limiters> some = Stream.of(keys).skip(from).limit(PREPARED_AT_A_TIME);
            CompletableFuture.allOf(some.flatMap(Limiters::prepare).toArray(CompletableFuture<?>[]::new))
                    .join();
        }
        return new RedissonLimiters(redisson, keys);
    }

    @Override
    public boolean run(SplittableRandom random) {
        Limiters key = keys[random.nextInt(keys.length)];
        if (!key.requests.tryAcquire(1) || !key.tokens.tryAcquire(Load.INPUT_TOKENS + Load.RESERVED_OUTPUT_TOKENS)) {
            return false;
        }
        try {
            String permit = key.slots.tryAcquire(0, LEASE_SECONDS, TimeUnit.SECONDS);
            if (permit == null) {
                return false;
            }
            key.slots.release(permit);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while taking a permit", e);
        }
    }

    @Override
    public void close() {
        redisson.shutdown(0, 2, TimeUnit.SECONDS);
    }
}
