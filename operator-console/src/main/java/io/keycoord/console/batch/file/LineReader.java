package io.keycoord.console.batch.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Splits a stream of bytes at line feeds and remembers where each line began. Holds one line at a time, and of a line
 * that is too long only its beginning. Not safe for use by several threads.
 */
final class LineReader {
    private static final int CHUNK = 1 << 16;

    private final InputStream in;
    private final int maxBytes;
    private final byte[] chunk = new byte[CHUNK];
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int position;
    private int limit;
    private long offset;
    private long length;
    private long nextOffset;
    private boolean terminated;

    /** Reads {@code in} to its end; the caller closes it. Of a longer line than {@code maxBytes} the rest is skipped. */
    LineReader(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /** Moves to the next line. Returns false at the end. */
    boolean next() throws IOException {
        line.reset();
        offset = nextOffset;
        length = 0;
        terminated = false;
        while (!terminated && fill()) {
            takeUpToLineFeed();
        }
        nextOffset = offset + length + (terminated ? 1 : 0);
        return length > 0 || terminated;
    }

    /** Where the line begins, in bytes. */
    long offset() {
        return offset;
    }

    /** Its length in bytes, without the line feed. */
    long length() {
        return length;
    }

    boolean isTooLong() {
        return length > maxBytes;
    }

    /** Whether a line feed ended it; the last line may lack one. */
    boolean isTerminated() {
        return terminated;
    }

    /** The line without its line feed; of one that is too long, the beginning. */
    byte[] bytes() {
        return line.toByteArray();
    }

    private boolean fill() throws IOException {
        if (position < limit) {
            return true;
        }
        position = 0;
        limit = in.read(chunk, 0, CHUNK);
        return limit > 0;
    }

    private void takeUpToLineFeed() {
        int end = position;
        while (end < limit && chunk[end] != '\n') {
            end++;
        }
        int taken = end - position;
        line.write(chunk, position, Math.min(taken, Math.max(0, maxBytes - line.size())));
        length += taken;
        terminated = end < limit;
        position = terminated ? end + 1 : end;
    }
}
