package io.keycoord.redis;

/** What the configuration of a pool was to Redis when it was registered. */
public enum Registered {
    /** Redis did not know the pool. */
    NEW,
    /** Redis had another one, which this replaces. */
    IN_PLACE_OF_ANOTHER,
    /** Redis had the same already, and nothing was written. */
    AS_BEFORE,
    /** Redis has one with a higher revision, which holds; this one changed nothing. */
    OLDER
}
