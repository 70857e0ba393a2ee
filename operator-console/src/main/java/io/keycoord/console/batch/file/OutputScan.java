package io.keycoord.console.batch.file;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/** Reads an output that was begun earlier: which lines it has, which of them failed, and where its whole lines end. */
final class OutputScan {
    private static final int MAX_LINE_BYTES = 1 << 30;

    /** Is given each whole line of the output. */
    interface Visitor {
        void line(byte[] json, boolean failed) throws IOException;
    }

    private final BatchInput input;
    private final BitSet present;
    private final Map<String, Integer> failures = new TreeMap<>();
    private long end;

    private OutputScan(BatchInput input) {
        this.input = input;
        this.present = new BitSet(input.size());
    }

    /**
     * Reads the output, which need not exist.
     *
     * @throws BatchRefusedException if a line other than a torn last one is not an output line of this input
     */
    static OutputScan of(Path output, BatchInput input, Visitor visitor) throws IOException, BatchRefusedException {
        OutputScan scan = new OutputScan(input);
        if (Files.exists(output)) {
            try (InputStream in = Files.newInputStream(output)) {
                scan.read(output, new LineReader(in, MAX_LINE_BYTES), visitor);
            }
        }
        return scan;
    }

    /** The indexes of the input lines that have an output line. */
    BitSet present() {
        return present;
    }

    /** How many lines have an error, by its code. */
    Map<String, Integer> failures() {
        return failures;
    }

    /** How many bytes the whole lines take; what follows is torn. */
    long end() {
        return end;
    }

    private void read(Path output, LineReader lines, Visitor visitor) throws IOException, BatchRefusedException {
        for (int number = 1; lines.next() && lines.isTerminated(); number++) {
            Entry entry = parse(lines.bytes());
            int index = entry.number() < 0 ? -1 : input.indexOf(entry.number());
            if (index < 0 || present.get(index)) {
                String what = index < 0 ? "is no output of this batch" : "repeats line " + entry.number();
                throw new BatchRefusedException(
                        "line " + number + " of the output " + output + " " + what + "; repair it or name another");
            }
            present.set(index);
            if (!entry.errorCode().isEmpty()) {
                failures.merge(entry.errorCode(), 1, Integer::sum);
            }
            visitor.line(lines.bytes(), !entry.errorCode().isEmpty());
            end = lines.offset() + lines.length() + 1;
        }
    }

    /** The errorCode is empty for a line with a response; the number is negative for a line that is none of ours. */
    private record Entry(int number, String errorCode) {}

    private static Entry parse(byte[] line) {
        int number = -1;
        String errorCode = "";
        try (JsonParser parser = OutputLine.parser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return new Entry(-1, "");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                boolean isObject = parser.nextToken() == JsonToken.START_OBJECT;
                if (field.equals("id")) {
                    number = OutputLine.numberOf(parser.getText());
                } else if (field.equals("error") && isObject) {
                    errorCode = code(parser);
                }
                parser.skipChildren();
            }
            return parser.nextToken() == null ? new Entry(number, errorCode) : new Entry(-1, "");
        } catch (IOException e) {
            return new Entry(-1, "");
        }
    }

    private static String code(JsonParser parser) throws IOException {
        String code = "unknown";
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean isCode = parser.currentName().equals("code");
            if (parser.nextToken() == JsonToken.VALUE_STRING && isCode) {
                code = parser.getText();
            }
            parser.skipChildren();
        }
        return code;
    }
}
