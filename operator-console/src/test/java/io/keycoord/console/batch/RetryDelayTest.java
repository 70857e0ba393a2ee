package io.keycoord.console.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryDelayTest {
    private final RetryDelay delay = new RetryDelay(Duration.ofSeconds(1), Duration.ofSeconds(30));

    @Test
    void itDoublesUpToTheLongest() {
        assertThat(delay.after(1, Duration.ZERO, new Random(1))).isBetween(ms(500), ms(1000));
        assertThat(delay.after(3, Duration.ZERO, new Random(1))).isBetween(ms(2000), ms(4000));
        assertThat(delay.after(60, Duration.ZERO, new Random(1))).isBetween(ms(15_000), ms(30_000));
    }

    @Test
    void aHintIsTheLeast() {
        assertThat(delay.after(1, ms(70_000), new Random(1))).isEqualTo(ms(70_000));
        assertThat(delay.after(5, ms(1), new Random(1))).isGreaterThan(ms(1));
    }

    private static Duration ms(long ms) {
        return Duration.ofMillis(ms);
    }
}
