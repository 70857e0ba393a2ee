package io.keycoord.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarkdownTableTest {
    private final MarkdownTable table = new MarkdownTable(List.of("contender", "a second"));

    @Test
    void columnsAreAsWideAsTheirWidestCell() {
        table.add(List.of("ping", "54,321")).add(List.of("keycoord-redisson", "7"));

        assertThat(table).hasToString("""
                | contender         | a second |
                |-------------------|---------:|
                | ping              |   54,321 |
                | keycoord-redisson |        7 |
                """);
    }

    @Test
    void aRowOfAnotherLengthIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table.add(List.of("ping")))
                .withMessage("a row has 1 cells, expected 2");
    }
}
