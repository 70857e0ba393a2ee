package io.keycoord.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsTest {

    private static Settings of(Section... sections) {
        return new Settings(List.of(sections), List.of("ping"), 84, 1, 1, List.of(1), List.of(1), 1, 1);
    }

    @Test
    void theChosenSectionsShareTheWholeTime() {
        Settings all = of(Section.values());

        assertThat(Arrays.stream(Section.values()).map(all::time).reduce(Duration.ZERO, Duration::plus))
                .isEqualTo(Duration.ofSeconds(84));
        assertThat(of(Section.SCRIPTS).time(Section.SCRIPTS)).isEqualTo(Duration.ofSeconds(84));
    }

    @Test
    void sectionsAreMeasuredInTheirOrderAndOnce() {
        assertThat(of(Section.WAITERS, Section.THROUGHPUT, Section.WAITERS).sections())
                .containsExactly(Section.THROUGHPUT, Section.WAITERS);
    }
}
