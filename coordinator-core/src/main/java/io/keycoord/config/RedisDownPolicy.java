package io.keycoord.config;

/** What a request for a lease is answered while Redis does not answer, or cannot grant anything. */
public enum RedisDownPolicy {
    /** It is refused at once, with {@link io.keycoord.StoreUnavailableException}: no limit is ever passed. */
    CLOSED,
    /** It gets the key whose turn it is in this worker, without any limit: {@link io.keycoord.Lease#isUncoordinated()}. */
    OPEN
}
