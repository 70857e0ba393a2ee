package io.keycoord.sdk;

/** How a call can fail without an answer of the provider, or in the middle of one. */
public enum TransportFault {
    /** No connection: the request was not sent. */
    NOT_SENT,
    /** The connection failed after the request was sent and before the answer was complete enough to judge. */
    LOST,
    /** The answer, or its first data, did not come in time. */
    SILENT,
    /** The answer broke off after it had begun to reach the caller. */
    BROKEN,
    /** The answer stood still after it had begun to reach the caller. */
    STALLED,
    /** The caller cancelled the call, or its time was up. */
    CANCELLED
}
