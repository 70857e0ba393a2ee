package io.keycoord.redis.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Dimension;
import io.keycoord.config.AccountConfig;
import io.keycoord.config.BreakerConfig;
import io.keycoord.config.KeyConfig;
import io.keycoord.config.LimitConfig;
import io.keycoord.config.PoolConfig;
import io.keycoord.config.RateLimit;
import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import io.keycoord.model.Cost;
import io.keycoord.model.ReferenceModel;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random programs on the scripts and on the {@link ReferenceModel}: every reply and, after the last step, the whole
 * stored state must be equal.
 *
 * <p>It plays as many programs as fit into ten seconds and prints how many those were; among the long proofs up to 10,000 in a
 * minute. With {@code -Dkeycoord.long=true} it plays 100,000 without a limit of time; {@code -Dkeycoord.programs=N} plays N.
 *
 * <p>A failure prints its seed, the program after shrinking, and the first difference. To play that seed alone, as it was
 * generated and with the state compared after each step: {@code -Dkeycoord.seed=N}.
 */
@ExtendWith(RedisExtension.class)
@Tag("sampled")
class RandomProgramTest {
    private static final int THREADS = 2;
    private static final Duration USUAL = Duration.ofSeconds(Boolean.getBoolean("keycoord.proofs") ? 60 : 10);
    private static final Duration NO_LIMIT = Duration.ofDays(1);

    private final AtomicLong next = new AtomicLong();
    private final AtomicLong played = new AtomicLong();
    private final long started = System.nanoTime();

    @Test
    void scriptsAndModelAgree(TestRedis redis) throws Exception {
        Long seed = Long.getLong("keycoord.seed");
        if (seed != null) {
            assertThat(playOne(redis.uri(), seed)).isEmpty();
            return;
        }
        boolean all = Boolean.getBoolean("keycoord.long");
        Long chosen = Long.getLong("keycoord.programs");
        long wanted = chosen != null ? chosen : all ? 100_000 : 10_000;
        play(redis.uri(), wanted, all || chosen != null ? NO_LIMIT : USUAL);
        System.out.printf(
                "random programs: %,d of %,d played in %.1f s, no difference%n",
                played.get(), wanted, (System.nanoTime() - started) / 1e9);
        assertThat(played.get()).isPositive();
    }

    @Test
    void ofABreakerAndALimitThatEndTogetherBothNameTheSame(TestRedis redis) {
        RateLimit minute = RateLimit.of(1, Duration.ofMinutes(1)).withMode(RateLimit.Mode.FIXED_WINDOW);
        PoolConfig pool = PoolConfig.of(
                        "tie",
                        "openai-compatible",
                        URI.create("http://127.0.0.1:1/v1"),
                        AccountConfig.of(
                                KeyConfig.of("s", "test:s"),
                                LimitConfig.of("*").with(Dimension.REQUESTS, List.of(minute))))
                .withBreaker(BreakerConfig.STANDARD.withCoolDown(Duration.ofMinutes(1), Duration.ofMinutes(1)));
        Cost none = new Cost(0, 0, 0);
        Program program = new Program(
                0,
                pool,
                "full",
                List.of(
                        new Step.Acquire(0, none, 0, "m", "", "", "", -1, 30_000),
                        new Step.Settle(0, true, "key_failed", none, "suspect", "none", 0, "", 10, 1_000, ""),
                        new Step.Acquire(1, none, 0, "m", "", "", "", -1, 30_000)));

        try (Scripts scripts = new Scripts(redis.uri())) {
            assertThat(new Comparison(scripts).runSlowly(program)).isEmpty();
        }
    }

    private static Optional<String> playOne(URI uri, long seed) {
        try (Scripts scripts = new Scripts(uri)) {
            Program program = Generator.program(seed, "one");
            System.out.println(program);
            return new Comparison(scripts).runSlowly(program);
        }
    }

    private void play(URI uri, long wanted, Duration limit) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Optional<String>>> tasks = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                String pool = "random" + i;
                tasks.add(() -> play(uri, pool, wanted, limit));
            }
            for (Future<Optional<String>> result : threads.invokeAll(tasks)) {
                assertThat(result.get()).isEmpty();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private Optional<String> play(URI uri, String pool, long wanted, Duration limit) {
        try (Scripts scripts = new Scripts(uri)) {
            Comparison comparison = new Comparison(scripts);
            for (long seed = next.getAndIncrement(); seed < wanted; seed = next.getAndIncrement()) {
                if (System.nanoTime() - started > limit.toNanos()) {
                    break;
                }
                Optional<String> failure = check(comparison, seed, pool);
                if (failure.isPresent()) {
                    next.set(wanted);
                    return failure;
                }
                played.incrementAndGet();
            }
            return Optional.empty();
        }
    }

    private static Optional<String> check(Comparison comparison, long seed, String pool) {
        Program program = Generator.program(seed, pool);
        if (comparison.run(program).isEmpty()) {
            return Optional.empty();
        }
        Program small = Shrinker.shrink(program, p -> comparison.run(p).isPresent());
        return Optional.of("-Dkeycoord.seed=" + seed + " shrunk to\n" + small + "\n"
                + comparison.runSlowly(small).orElse("the difference has gone"));
    }
}
