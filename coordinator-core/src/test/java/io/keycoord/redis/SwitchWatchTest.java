package io.keycoord.redis;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.keycoord.Acquisition.Reason;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SwitchWatchTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(SwitchWatch.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final AtomicLong nanos = new AtomicLong();
    private final SwitchWatch watch = new SwitchWatch("p", nanos::get);

    @BeforeEach
    void listen() {
        logger.setLevel(Level.INFO);
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(lines);
        logger.setLevel(null);
    }

    private List<String> said() {
        return lines.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }

    @Test
    void tellsOnceWhenCallsBeginToPassAndOnceWhenTheyEnd() {
        watch.usual(1);
        watch.passed(2);
        watch.passed(3);
        watch.usual(4);
        watch.usual(5);

        assertThat(said())
                .containsExactly(
                        "WARN pool p: an operator lets all calls pass: this worker calls without limits",
                        "INFO pool p: limits hold again, after 2 calls of this worker without them");
    }

    @Test
    void tellsThatItIsOffAndThatItIsNot() {
        watch.denied(1);
        watch.denied(2);
        watch.passed(3);

        assertThat(said())
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

        assertThat(said()).hasSize(2);
        assertThat(watch.counts().passed()).isEqualTo(2);
    }

    @Test
    void theShadowTellsOnceAMinute() {
        for (int i = 0; i < 3; i++) {
            watch.shadowed(Reason.RATE_LIMITED, Duration.ofMillis(250));
        }
        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        watch.shadowed(Reason.CONCURRENCY, Duration.ofMillis(7));

        assertThat(said())
                .containsExactly(
                        "INFO pool p: shadow: 1 calls would have been denied since this was last told, the last one with"
                                + " RATE_LIMITED, to be retried after 250 ms",
                        "INFO pool p: shadow: 3 calls would have been denied since this was last told, the last one with"
                                + " CONCURRENCY, to be retried after 7 ms");
    }
}
