package io.keycoord.redis;

/**
 * What an operator's switch has done to a pool.
 *
 * @param pool its id
 * @param before what it was switched to before
 * @param after what it is switched to now
 * @param changed whether anything was to be done
 */
public record PoolChange(String pool, PoolSwitch before, PoolSwitch after, boolean changed) {}
