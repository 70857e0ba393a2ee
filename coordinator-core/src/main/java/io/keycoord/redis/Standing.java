package io.keycoord.redis;

/**
 * Where the caller of an acquire stands among those who wait, as {@code lua/acquire.lua} has it.
 *
 * @param ticket when it began to wait, by the server's clock in microseconds; empty for one that has not waited yet
 * @param room where it waits if it is denied for an event; empty if it does not wait
 * @param next when the next in that room began to wait; empty if nobody does
 */
record Standing(String ticket, String room, String next) {
    static final Standing NONE = new Standing("", "", "");

    /** Whether a grant leaves the place in the line to the next. */
    boolean handsOver() {
        return !ticket.isEmpty() && !next.isEmpty();
    }
}
