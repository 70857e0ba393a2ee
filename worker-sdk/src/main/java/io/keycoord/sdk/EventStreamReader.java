package io.keycoord.sdk;

import io.keycoord.Usage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads server-sent events as they pass: counts, the mark of the end, and an error in the middle. Holds one line of at
 * most 64 KiB; a longer one, such as a last event that repeats the whole answer, is looked through as it passes. Comments,
 * which providers send to keep a connection alive, are dropped.
 */
final class EventStreamReader implements UsageReader {
    private static final int LONGEST_LINE = 64 << 10;
    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    private final UsageFields counts;
    private byte[] line = new byte[1024];
    private int length;

    /** Of a line that is longer than what is held; without one it is no data. */
    private @Nullable AnswerScan longLine;

    private boolean tooLong;
    private boolean lostEvent;
    private boolean malformed;
    private boolean complete;
    private boolean failed;
    private Optional<ErrorAnswer> error = Optional.empty();

    EventStreamReader(boolean cacheReadsCount) {
        counts = new UsageFields(cacheReadsCount);
    }

    @Override
    public void read(byte[] bytes, int offset, int count) {
        int start = offset;
        for (int i = offset; i < offset + count; i++) {
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                take(bytes, start, i);
                endLine();
                start = i + 1;
            }
        }
        take(bytes, start, offset + count);
    }

    /** A piece of a line. */
    private void take(byte[] bytes, int from, int to) {
        int held = tooLong ? 0 : Math.min(to - from, LONGEST_LINE - length);
        append(bytes, from, held);
        if (from + held == to) {
            return;
        }
        if (!tooLong) {
            tooLong = true;
            longLine = begins(DATA, 0) ? new AnswerScan(counts) : null;
            scan(line, DATA.length, length);
        }
        scan(bytes, from + held, to);
    }

    private void scan(byte[] bytes, int from, int to) {
        if (longLine != null) {
            longLine.read(bytes, from, to - from);
        }
    }

    private void append(byte[] bytes, int from, int count) {
        if (length + count > line.length) {
            line = Arrays.copyOf(line, Math.min(LONGEST_LINE, Math.max(length + count, 2 * line.length)));
        }
        System.arraycopy(bytes, from, line, length, count);
        length += count;
    }

    private void endLine() {
        if (longLine != null) {
            see(longLine, longLine::error);
            lostEvent |= !longLine.isWhole();
        } else if (!tooLong && begins(DATA, 0)) {
            seeData();
        }
        longLine = null;
        length = 0;
        tooLong = false;
    }

    private boolean begins(byte[] text, int at) {
        return length >= at + text.length && Arrays.equals(line, at, at + text.length, text, 0, text.length);
    }

    private void seeData() {
        int from = DATA.length;
        while (from < length && isBlank(line[from])) {
            from++;
        }
        if (begins(DONE, from) && UsageReader.isBlank(line, from + DONE.length, length - from - DONE.length)) {
            complete = true;
            return;
        }
        if (!JsonGlance.passes(line, from, length)) {
            see(from);
        }
    }

    private void see(int from) {
        AnswerScan event = new AnswerScan(counts);
        event.readAll(line, from, length - from);
        if (event.isMalformed()) {
            event = seeWithPatience(new String(line, from, length - from, StandardCharsets.UTF_8).strip());
        }
        see(event, () -> ErrorAnswer.inside(Arrays.copyOfRange(line, from, length)));
    }

    /** Broken characters are no broken JSON, nor is one that ends too early. */
    private AnswerScan seeWithPatience(String data) {
        byte[] bytes = data.getBytes(StandardCharsets.UTF_8);
        AnswerScan event = new AnswerScan(counts);
        event.read(bytes, 0, bytes.length);
        // Words are no JSON and no mistake: some send them to keep a connection alive.
        malformed |= event.isMalformed() && (data.startsWith("{") || data.startsWith("["));
        return event;
    }

    private static boolean isBlank(byte b) {
        return b >= 0 && b <= ' ';
    }

    private void see(AnswerScan event, Supplier<Optional<ErrorAnswer>> told) {
        if (!event.isWhole()) {
            return;
        }
        complete |= event.isLast();
        if (event.hasFailed()) {
            failed = true;
            error = error.or(told);
        }
    }

    /** How many bytes of memory the line takes that is being read. */
    int held() {
        return line.length;
    }

    /** Not with an event that nobody can read. */
    @Override
    public boolean isComplete() {
        return complete && !malformed;
    }

    /** Not once an event was lost that may have said so. */
    @Override
    public boolean saysWhenComplete() {
        return malformed || !lostEvent;
    }

    @Override
    public Optional<Usage> usage() {
        return counts.usage();
    }

    @Override
    public boolean hasFailed() {
        return failed;
    }

    @Override
    public Optional<ErrorAnswer> error() {
        return error;
    }
}
