package io.keycoord.redis.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.embedded.RedisExtension;
import io.keycoord.embedded.TestRedis;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random programs on the scripts as functions, whose modules last from one call to the next and from one pool to another:
 * as many of {@link RandomProgramTest}'s as fit into three seconds, among the long proofs into ten, or
 * {@code -Dkeycoord.programs=N} of them.
 */
@ExtendWith(RedisExtension.class)
@Tag("sampled")
class FunctionProgramTest {
    private static final Duration USUAL = Duration.ofSeconds(Boolean.getBoolean("keycoord.proofs") ? 10 : 3);

    @Test
    void functionsAndModelAgree(TestRedis redis) {
        long chosen = Long.getLong("keycoord.programs", 0);
        long started = System.nanoTime();
        long played = 0;
        try (Scripts scripts = Scripts.functions(redis.uri())) {
            Comparison comparison = new Comparison(scripts);
            while (chosen > 0 ? played < chosen : System.nanoTime() - started < USUAL.toNanos()) {
                assertThat(comparison.run(Generator.program(played, "functions")))
                        .as("program of seed %d", played)
                        .isEmpty();
                played++;
            }
        }
        System.out.printf("random programs on functions: %,d played, no difference%n", played);
        assertThat(played).isPositive();
    }
}
