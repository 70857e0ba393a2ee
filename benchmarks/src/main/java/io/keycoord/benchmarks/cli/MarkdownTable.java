package io.keycoord.benchmarks.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows as a table of Markdown that is also readable as it is: the first column to the left, the others to the right. */
final class MarkdownTable {
    private final List<List<String>> rows = new ArrayList<>();

    MarkdownTable(List<String> headings) {
        rows.add(List.copyOf(headings));
    }

    /**
     * Adds a row.
     *
     * @throws IllegalArgumentException if it is not as long as the headings
     */
    MarkdownTable add(List<String> cells) {
        if (cells.size() != rows.get(0).size()) {
            throw new IllegalArgumentException("a row has " + cells.size() + " cells, expected "
                    + rows.get(0).size());
        }
        rows.add(List.copyOf(cells));
        return this;
    }

    /** The table with a line feed after each row. */
    @Override
    public String toString() {
        int[] widths = new int[rows.get(0).size()];
        rows.forEach(row -> {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(Math.max(widths[i], 2), row.get(i).length());
            }
        });
        StringBuilder text = new StringBuilder(line(rows.get(0), widths)).append('|');
        for (int i = 0; i < widths.length; i++) {
            text.append("-".repeat(widths[i] + 1)).append(i == 0 ? "-" : ":").append('|');
        }
        text.append('\n');
        rows.subList(1, rows.size()).forEach(row -> text.append(line(row, widths)));
        return text.toString();
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder("|");
        for (int i = 0; i < widths.length; i++) {
            String blanks = " ".repeat(widths[i] - row.get(i).length());
            line.append(' ')
                    .append(i == 0 ? row.get(i) + blanks : blanks + row.get(i))
                    .append(" |");
        }
        return line.append('\n').toString();
    }
}
