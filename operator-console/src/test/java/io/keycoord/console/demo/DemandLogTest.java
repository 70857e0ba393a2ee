package io.keycoord.console.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class DemandLogTest {
    private final DemandLog log = new DemandLog();

    @Test
    void aRequestIsOpenUntilItsWorkerSaysHowItEnded() {
        log.asked(0, new WorkerLine.Asked(1, 10, 100));
        log.asked(1, new WorkerLine.Asked(1, 20, 200));
        log.asked(1, new WorkerLine.Asked(2, 30, 300));
        log.done(1, new WorkerLine.Done(1, 200, 40, 50));
        log.done(1, new WorkerLine.Done(2, 500, 41, 51));

        assertThat(log.counts()).isEqualTo(new DemandLog.Counts(3, 1, 1));
        assertThat(log.counts().open()).isEqualTo(1);
        assertThat(log.entries())
                .containsExactlyInAnyOrder(
                        new DemandLog.Entry(0, 10, 100, DemandLog.OPEN, -1, -1),
                        new DemandLog.Entry(1, 20, 200, 200, 40, 50),
                        new DemandLog.Entry(1, 30, 300, 500, 41, 51));
    }

    @Test
    void anEndWithoutABeginningIsRefused() {
        assertThatThrownBy(() -> log.done(0, new WorkerLine.Done(1, 200, 40, 50)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
