package io.keycoord.sdk;

/**
 * Tells, in the bytes of an answer as they pass, its data from what is only sent to keep the connection alive: comments and
 * {@code ping} events of an event stream, blanks before and in JSON. Holds the beginning of one line. For one thread.
 */
public final class DataSight {
    private static final String DATA = "data:";
    private static final String EVENT = "event:";
    private static final int LONGEST_NAME = 32;

    private final boolean events;
    private final boolean json;
    private final StringBuilder line = new StringBuilder(LONGEST_NAME);
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
        boolean seen = false;
        for (int i = offset; i < offset + count; i++) {
            seen |= events ? seesInLine((char) (bytes[i] & 0xff)) : !json || !isBlank(bytes[i]);
        }
        return seen;
    }

    private boolean seesInLine(char c) {
        boolean second = c == '\n' && afterReturn;
        afterReturn = c == '\r';
        if (second) {
            return false;
        }
        if (c == '\n' || c == '\r') {
            endLine();
            return false;
        }
        if (line.length() < LONGEST_NAME) {
            line.append(c);
        }
        return !ping
                && !isBlank((byte) c)
                && line.length() > DATA.length()
                && line.charAt(0) == 'd'
                && line.indexOf(DATA) == 0;
    }

    /** The name of an event stands before its data, and is over with the empty line behind it. */
    private void endLine() {
        if (line.isEmpty()) {
            ping = false;
        } else if (line.indexOf(EVENT) == 0) {
            ping = line.substring(EVENT.length()).strip().equals("ping");
        }
        line.setLength(0);
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }
}
