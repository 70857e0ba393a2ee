package io.keycoord.console.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @Test
    void plainProgressIsALineEveryFiveSeconds() {
        PlainProgress progress = new PlainProgress(out);

        progress.show(at(Duration.ofSeconds(1)));
        progress.show(at(Duration.ofSeconds(5)));
        progress.show(at(Duration.ofSeconds(9)));
        progress.show(at(Duration.ofSeconds(10)));

        assertThat(printed().lines())
                .hasSize(2)
                .containsOnly("50/200 lines, 1 failed, 2.5/s, 3 in flight of 8, 2 keys in use, 1m00s left");
        assertThat(printed()).doesNotContain("\u001B", "\r");
    }

    @Test
    void theBarIsDrawnAgainBelowANote() {
        BarProgress progress = new BarProgress(out);

        progress.show(at(Duration.ofSeconds(1)));
        progress.note("worker 1: hello");
        progress.end();

        assertThat(printed()).contains("\r\u001B[Kworker 1: hello" + System.lineSeparator() + "[####");
        assertThat(printed())
                .contains("[######------------------] 50/200 lines")
                .endsWith(System.lineSeparator());
    }

    @Test
    void theRateIsThatOfTheLastHalfMinute() {
        Rate rate = new Rate();
        assertThat(rate.timeFor(10)).isEmpty();
        for (int second = 0; second <= 60; second++) {
            rate.sample(Duration.ofSeconds(second).toNanos(), second < 30 ? 0 : (second - 30) * 4L);
        }

        assertThat(rate.perSecond()).isEqualTo(4.0);
        assertThat(rate.timeFor(10)).contains(Duration.ofMillis(2500));
    }

    private static Progress.Snapshot at(Duration elapsed) {
        return new Progress.Snapshot(50, 200, 1, 3, 8, 2, 2.5, Optional.of(Duration.ofMinutes(1)), elapsed);
    }

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
