package io.keycoord.redis.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random programs on the scripts and on the {@link ReferenceModel}: every reply and, after the last step, the whole
 * stored state must be equal.
 *
 * <p>The usual run plays 10,000 programs, or as many of them as fit into a minute, and prints how many those were. With
 * {@code -Dkeycoord.long=true} it plays 100,000 without a limit of time; {@code -Dkeycoord.programs=N} plays N.
 *
 * <p>A failure prints its seed, the program after shrinking, and the first difference. To play that seed alone, without
 * shrinking and with the state compared after each step: {@code -Dkeycoord.seed=N}.
 */
@ExtendWith(RedisExtension.class)
class RandomProgramTest {
    private static final int THREADS = 2;

    @Test
    void scriptsAndModelAgree(TestRedis redis) throws Exception {
        Long seed = Long.getLong("keycoord.seed");
        if (seed != null) {
            try (Comparison comparison = new Comparison(redis.uri())) {
                Program program = Generator.program(seed, "one");
                System.out.println(program);
                assertThat(comparison.runSlowly(program)).isEmpty();
            }
            return;
        }
        boolean all = Boolean.getBoolean("keycoord.long");
        long wanted = Long.getLong("keycoord.programs", all ? 100_000 : 10_000);
        play(
                redis.uri(),
                wanted,
                all || Long.getLong("keycoord.programs") != null ? Duration.ofDays(1) : Duration.ofMinutes(1));
    }

    private static void play(URI uri, long wanted, Duration limit) throws Exception {
        AtomicLong next = new AtomicLong();
        AtomicLong played = new AtomicLong();
        long started = System.nanoTime();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            var tasks = IntStream.range(0, THREADS)
                    .<Callable<Optional<String>>>mapToObj(thread -> () -> {
                        try (Comparison comparison = new Comparison(uri)) {
                            for (long n = next.getAndIncrement(); n < wanted; n = next.getAndIncrement()) {
                                if (System.nanoTime() - started > limit.toNanos()) {
                                    break;
                                }
                                Optional<String> failure = check(comparison, n, "random" + thread);
                                if (failure.isPresent()) {
                                    next.set(wanted);
                                    return failure;
                                }
                                played.incrementAndGet();
                            }
                            return Optional.empty();
                        }
                    })
                    .toList();
            for (var result : threads.invokeAll(tasks)) {
                result.get().ifPresent(failure -> {
                    throw new AssertionError(failure);
                });
            }
        } finally {
            threads.shutdownNow();
        }
        System.out.printf(
                "random programs: %,d of %,d played in %.1f s, no difference%n",
                played.get(), wanted, (System.nanoTime() - started) / 1e9);
        assertThat(played.get()).isPositive();
    }

    private static Optional<String> check(Comparison comparison, long seed, String pool) {
        Program program = Generator.program(seed, pool);
        if (comparison.run(program).isEmpty()) {
            return Optional.empty();
        }
        Program small = Shrinker.shrink(program, p -> comparison.run(p).isPresent());
        return Optional.of("-Dkeycoord.seed=" + seed + " shrunk to\n" + small + "\n"
                + comparison.runSlowly(small).orElse("(the difference is gone)"));
    }
}
