package io.keycoord.simulator;

/** The body is no call of its kind; the message is for the caller. */
final class BadCall extends Exception {
    BadCall(String message) {
        super(message);
    }

    static void require(boolean holds, String message) throws BadCall {
        if (!holds) {
            throw new BadCall(message);
        }
    }
}
