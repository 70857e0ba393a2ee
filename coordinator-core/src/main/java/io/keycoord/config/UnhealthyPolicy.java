package io.keycoord.config;

/** What an acquire is answered when every key that could serve rests behind its breaker. */
public enum UnhealthyPolicy {
    /** A denial with the earliest time at which a key is tried again. */
    DENY,
    /** One call in the whole cluster is sent with the key whose rest ends first; the others are denied. */
    LEAST_BAD
}
