package io.keycoord.benchmarks.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTest {

    @Test
    void theMedianIsTheMiddleOrTheMeanOfTheMiddleTwo() {
        assertThat(Statistics.of(List.of(9.0, 1.0, 2.0))).isEqualTo(new Statistics(2, 1, 9));
        assertThat(Statistics.of(List.of(9.0, 1.0, 2.0, 4.0))).isEqualTo(new Statistics(3, 1, 9));
    }

    @Test
    void ofNothingThereIsNone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Statistics.of(List.of()))
                .withMessage("values is empty, expected at least one");
    }
}
