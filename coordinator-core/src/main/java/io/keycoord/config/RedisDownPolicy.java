package io.keycoord.config;

/** What a request for a lease is answered while Redis does not answer, or cannot grant anything. */
public enum RedisDownPolicy {
    /** It is refused at once, with {@link io.keycoord.StoreUnavailableException}: no limit is ever passed. */
    CLOSED,
    /**
     * It gets a key within this worker's share of all limits, from twelve seconds after Redis was last told that this worker is
     * there: a part of four fifths of each limit, two fifths at most, which Redis withholds from the workers that it still serves. So
     * no limit is passed, whoever is cut off. A worker that is killed takes its share along for some minutes. Limits of windows
     * above ten minutes, and buckets that hold less than about five units, are not divided: what they hold in is refused. Such a lease is
     * {@linkplain io.keycoord.Lease#isUncoordinated() uncoordinated}.
     */
    LOCAL_SHARE,
    /** It gets the key whose turn it is in this worker, without any limit: {@link io.keycoord.Lease#isUncoordinated()}. */
    OPEN
}
