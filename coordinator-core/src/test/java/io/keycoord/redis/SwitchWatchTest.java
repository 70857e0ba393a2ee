package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.keycoord.Acquisition.Reason;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SwitchWatchTest {
    private final LogLines log = new LogLines(SwitchWatch.class);
    private final AtomicLong nanos = new AtomicLong();
    private final SwitchWatch watch = new SwitchWatch("p", nanos::get);

    @AfterEach
    void leave() {
        log.close();
    }

    @Test
    void tellsOnceWhenCallsBeginToPassAndOnceWhenTheyEnd() {
        watch.usual(1);
        watch.passed(2);
        watch.passed(3);
        watch.usual(4);
        watch.usual(5);

        assertThat(log.all())
                .containsExactly(
                        "WARN pool p: an operator lets all calls pass: this worker calls without limits",
                        "INFO pool p: limits hold again, after 2 calls of this worker without them");
    }

    @Test
    void tellsThatItIsOffAndThatItIsNot() {
        watch.denied(1);
        watch.denied(2);
        watch.passed(3);

        assertThat(log.all())
                .containsExactly(
                        "WARN pool p: an operator has switched it off: every request is denied",
                        "INFO pool p: no longer switched off, after 2 denials to this worker",
                        "WARN pool p: an operator lets all calls pass: this worker calls without limits");
    }

    @Test
    void anAnswerThatWasOvertakenSaysNothing() {
        watch.passed(10);
        watch.usual(9);
        watch.usual(11);
        watch.passed(10);

        assertThat(log.all()).hasSize(2);
        assertThat(watch.counts().passed()).isEqualTo(2);
    }

    @Test
    void theShadowTellsOnceAMinute() {
        for (int i = 0; i < 3; i++) {
            watch.shadowed(Reason.RATE_LIMITED, Duration.ofMillis(250));
        }
        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        watch.shadowed(Reason.CONCURRENCY, Duration.ofMillis(7));

        assertThat(log.all())
                .containsExactly(
                        "INFO pool p: shadow: 1 calls would have been denied since this was last told, the last one with"
                                + " RATE_LIMITED, to be retried after 250 ms",
                        "INFO pool p: shadow: 3 calls would have been denied since this was last told, the last one with"
                                + " CONCURRENCY, to be retried after 7 ms");
    }
}
