package io.keycoord.console;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows in columns as wide as their widest cell. Plain text, without control characters. */
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... headings) {
        rows.add(List.of(headings));
    }

    /** Adds a row; numbers and texts are written as they are. */
    public void add(Object... cells) {
        if (cells.length != rows.get(0).size()) {
            throw new IllegalArgumentException("a row has " + cells.length + " cells, expected "
                    + rows.get(0).size());
        }
        rows.add(Arrays.stream(cells)
                .map(cell -> printable(String.valueOf(cell)))
                .toList());
    }

    /** The table with a line feed after each row. */
    @Override
    public String toString() {
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 2));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    // Text from Redis must not steer the terminal: neither by control characters (some terminals obey those from 0x80
    // on as well) nor by marks that turn the direction of the text.
    private static String printable(String text) {
        return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    }
}
