package io.keycoord.simulator;

/** How an admitted call ended. */
enum CallEnd {
    /** A whole answer was written. */
    COMPLETED,
    /** An answer with status 200 was begun and broken by a fault. */
    BROKEN,
    /** A fault left it without any answer. */
    UNANSWERED,
    /** The caller went away first, or the simulator was closed. */
    ABORTED
}
