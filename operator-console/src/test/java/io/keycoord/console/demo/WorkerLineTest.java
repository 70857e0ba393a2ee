package io.keycoord.console.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class WorkerLineTest {
    @Test
    void everyLineIsReadAsWritten() {
        for (WorkerLine line : List.of(
                new WorkerLine.Ready(),
                new WorkerLine.Asked(7, 1_234_567, 890),
                new WorkerLine.Done(7, 200, 2_345_678, 3_456_789),
                new WorkerLine.Done(8, 0, -1, 5),
                new WorkerLine.Ended())) {
            assertThat(WorkerLine.parse(line.text())).contains(line);
        }
    }

    @Test
    void noBeginningOfALineIsTakenForIt() {
        String whole = new WorkerLine.Done(7, 200, 2_345_678, 3_456_789).text();

        for (int length = 0; length < whole.length(); length++) {
            assertThat(WorkerLine.parse(whole.substring(0, length))).isEmpty();
        }
    }

    @Test
    void whatNoWorkerWritesIsRefused() {
        for (String line : List.of("hello .", "done 1 .", "asked 1 x 3 .")) {
            assertThatThrownBy(() -> WorkerLine.parse(line))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(line);
        }
    }

    @Test
    void anOrderIsReadAsWritten() {
        WorkerOrder order = new WorkerOrder(
                1, 4, "worker-2", "/tmp/k.json", "redis://u:p@h:1", "keycoord", 8, 15_200.5, 10_000, -3);

        assertThat(order.line()).doesNotContain("\n");
        assertThat(WorkerOrder.parse(order.line())).isEqualTo(order);
    }
}
