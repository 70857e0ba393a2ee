package io.keycoord.embedded;

/** Somebody took the port between its choice and its use. */
final class PortTakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PortTakenException(String log) {
        super(log);
    }
}
