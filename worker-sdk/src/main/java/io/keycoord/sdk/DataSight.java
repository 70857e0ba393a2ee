package io.keycoord.sdk;

import java.nio.charset.StandardCharsets;

/**
 * Tells, in the bytes of an answer as they pass, its data from what is only sent to keep the connection alive: comments and
 * {@code ping} events of an event stream, blanks before and in JSON. Holds the beginning of one line. For one thread.
 */
public final class DataSight {
    private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT = "event:".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_NAME = 32;

    private final boolean events;
    private final boolean json;
    private final byte[] line = new byte[LONGEST_NAME];
    private int length;
    private boolean ping;
    private boolean afterReturn;

    private DataSight(boolean events, boolean json) {
        this.events = events;
        this.json = json;
    }

    /** For an answer of a media type, in lower case without parameters; empty for bytes of which any is data. */
    public static DataSight of(String mediaType) {
        return new DataSight(mediaType.equals("text/event-stream"), UsageReader.isJson(mediaType));
    }

    /** Whether there is any data in the next bytes. */
    public boolean sees(byte[] bytes, int offset, int count) {
        int end = offset + count;
        if (!events) {
            return json ? hasData(bytes, offset, end) : count > 0;
        }
        boolean seen = false;
        for (int at = offset; at < end; ) {
            int stop = lineEnd(bytes, at, end);
            seen |= seesInLine(bytes, at, stop);
            if (stop < end) {
                endLine(bytes[stop]);
            }
            at = stop + 1;
        }
        return seen;
    }

    private static int lineEnd(byte[] bytes, int from, int end) {
        int at = from;
        while (at < end && bytes[at] != '\n' && bytes[at] != '\r') {
            at++;
        }
        return at;
    }

    /** A piece of a line, which may have begun before. */
    private boolean seesInLine(byte[] bytes, int from, int to) {
        if (from == to) {
            return false;
        }
        afterReturn = false;
        int before = length;
        length = Math.min(LONGEST_NAME, before + to - from);
        System.arraycopy(bytes, from, line, before, length - before);
        return !ping && begins(DATA) && hasData(bytes, from + Math.max(0, DATA.length - before), to);
    }

    /** The name of an event stands before its data, and is over with the empty line behind it. */
    private void endLine(byte end) {
        boolean second = end == '\n' && afterReturn;
        afterReturn = end == '\r';
        if (second) {
            return;
        }
        if (length == 0) {
            ping = false;
        } else if (begins(EVENT)) {
            String name = new String(line, EVENT.length, length - EVENT.length, StandardCharsets.ISO_8859_1);
            ping = name.strip().equals("ping");
        }
        length = 0;
    }

    private boolean begins(byte[] name) {
        if (length < name.length) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if (line[i] != name[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasData(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!isBlank(bytes[i])) {
                return true;
            }
        }
        return false;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }
}
