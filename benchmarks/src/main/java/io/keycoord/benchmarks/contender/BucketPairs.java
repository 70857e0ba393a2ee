package io.keycoord.benchmarks.contender;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.serialization.Mapper;
import io.github.bucket4j.redis.jedis.Bucket4jJedis;
import java.net.URI;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import redis.clients.jedis.RedisClient;

/** Bucket4j: a bucket of requests and one of tokens for each key, and the key chosen by chance. */
final class BucketPairs implements Cycles {
    private final RedisClient redis;
    private final Bucket[] requests;
    private final Bucket[] tokens;

    private BucketPairs(RedisClient redis, Bucket[] requests, Bucket[] tokens) {
        this.redis = redis;
        this.requests = requests;
        this.tokens = tokens;
    }

    static Cycles open(URI uri, Load load) {
        RedisClient redis = Clients.jedis(uri, load.threads());
        ProxyManager<String> buckets = Bucket4jJedis.casBasedBuilder(redis)
                .keyMapper(Mapper.STRING)
                .expirationAfterWrite(
                        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(10)))
                .build();
        return new BucketPairs(
                redis,
                buckets(buckets, "requests", Load.REQUESTS, load.accounts()),
                buckets(buckets, "tokens", Load.TOKENS, load.accounts()));
    }

    private static Bucket[] buckets(ProxyManager<String> manager, String kind, long aMinute, int count) {
        BucketConfiguration limit = BucketConfiguration.builder()
                .addLimit(bandwidth -> bandwidth.capacity(aMinute).refillGreedy(aMinute, Duration.ofMinutes(1)))
                .build();
        return IntStream.range(0, count)
                .mapToObj(i -> manager.builder().build("bucket4j:" + kind + ":key-" + i, () -> limit))
                .toArray(Bucket[]::new);
    }

    @Override
    public boolean run(SplittableRandom random) {
        int key = random.nextInt(requests.length);
        return requests[key].tryConsume(1) && tokens[key].tryConsume(Load.INPUT_TOKENS + Load.RESERVED_OUTPUT_TOKENS);
    }

    @Override
    public void close() {
        redis.close();
    }
}
