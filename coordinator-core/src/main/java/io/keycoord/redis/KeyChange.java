package io.keycoord.redis;

/**
 * What an operator's change has done to a key.
 *
 * @param key its id
 * @param before the state of its breaker before, as in {@link KeyView#state}
 * @param after the same after
 * @param changed whether anything was to be done
 */
public record KeyChange(String key, String before, String after, boolean changed) {}
