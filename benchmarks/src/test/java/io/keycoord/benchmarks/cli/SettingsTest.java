package io.keycoord.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsTest {
    /** So that every section's share is a whole number of seconds. */
    private static final int SECONDS = 3
            * Arrays.stream(Section.values()).mapToInt(section -> section.share).sum();

    private static Settings of(Section... sections) {
        return new Settings(List.of(sections), List.of("ping"), SECONDS, 1, 1, List.of(1), List.of(1), 1, 1);
    }

    @Test
    void theChosenSectionsShareTheWholeTime() {
        Settings all = of(Section.values());

        assertThat(Arrays.stream(Section.values()).map(all::time).reduce(Duration.ZERO, Duration::plus))
                .isEqualTo(Duration.ofSeconds(SECONDS));
        assertThat(of(Section.SCRIPTS).time(Section.SCRIPTS)).isEqualTo(Duration.ofSeconds(SECONDS));
    }

    @Test
    void sectionsAreMeasuredInTheirOrderAndOnce() {
        assertThat(of(Section.WAITERS, Section.THROUGHPUT, Section.WAITERS).sections())
                .containsExactly(Section.THROUGHPUT, Section.WAITERS);
    }
}
