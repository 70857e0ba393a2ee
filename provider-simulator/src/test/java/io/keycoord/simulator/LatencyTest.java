package io.keycoord.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LatencyTest {

    @Test
    void uniformStaysBetweenItsEnds() {
        long[] samples = samples(Latency.uniform(Duration.ofMillis(20), Duration.ofMillis(80)));

        assertThat(samples[0]).isBetween(20_000_000L, 21_000_000L);
        assertThat(samples[samples.length - 1]).isBetween(79_000_000L, 80_000_000L);
    }

    @Test
    void logNormalHasItsMedianAndALongTail() {
        long[] samples = samples(Latency.logNormal(Duration.ofMillis(10), Duration.ofMillis(100), 1));

        assertThat(samples[samples.length / 2]).isBetween(105_000_000L, 115_000_000L);
        assertThat(samples[samples.length * 99 / 100]).isBetween(800_000_000L, 1_400_000_000L);
    }

    @Test
    void negativeTimesAreRefused() {
        assertThatThrownBy(() -> Latency.uniform(Duration.ofMillis(9), Duration.ofMillis(5)))
                .hasMessage("spread is -4ms, expected 0s to 1h");
        assertThatThrownBy(() -> Latency.logNormal(Duration.ZERO, Duration.ZERO, 4))
                .hasMessage("sigma is 4.0, expected 0 to 3");
    }

    private static long[] samples(Latency latency) {
        SplittableRandom random = new SplittableRandom(7);
        long[] samples = LongStream.generate(() -> latency.sampleNanos(random))
                .limit(20_000)
                .toArray();
        Arrays.sort(samples);
        return samples;
    }
}
