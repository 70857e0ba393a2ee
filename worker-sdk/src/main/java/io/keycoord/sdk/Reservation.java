package io.keycoord.sdk;

/** What a provider counts of a call's output before it is there, and so what is reserved for it. */
public enum Reservation {
    /** As much as the request allows: the provider counts that when it admits the call, or may do so. */
    MAX,
    /**
     * What nine of ten answers of the model have stayed below: the provider counts what it sends, as it sends it. As much
     * as the request allows until there have been some answers.
     */
    ACTUAL,
    /** Nothing: output is not limited. */
    NONE
}
