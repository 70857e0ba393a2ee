package io.keycoord.config;

/** In which order the accounts, and the keys within an account, are chosen. */
public enum Strategy {
    /** The account with the most of its first token limit left, relative to the limit; without one, of its requests. */
    MOST_HEADROOM,
    /** One after the other; an account counts as often as it has usable keys. */
    ROUND_ROBIN,
    /** The fewest calls in flight, relative to the weight. */
    LEAST_IN_FLIGHT,
    /** In proportion to the weights of the keys. */
    WEIGHTED
}
