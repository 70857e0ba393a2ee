package io.keycoord.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableTest {

    @Test
    void columnsAreAsWideAsTheirWidestCell() {
        Table table = new Table("KEY", "CALLS");
        table.add("a-long-one", 7);
        table.add("b", "");

        assertThat(table).hasToString("KEY         CALLS\na-long-one  7\nb\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u001B[2J", "\r", "\n", "\u007F", "\u009B2J", "\u202E", "\u2066", "\u200B", "\u2028"})
    void textSteersNoTerminal(String evil) {
        Table table = new Table("WHY");
        table.add("x" + evil);

        assertThat(table.toString().replace("\n", "")).isEqualTo("WHYx" + "?" + evil.substring(1));
    }

    @Test
    void aRowHasACellForEachColumn() {
        Table table = new Table("A", "B");

        assertThatThrownBy(() -> table.add("1")).hasMessage("a row has 1 cells, expected 2");
    }
}
