package io.keycoord.config;

/**
 * An API key.
 *
 * @param id its public name
 * @param secret a reference to its value, such as {@code env:OPENROUTER_KEY_1}; never the value
 * @param weight its share for the strategies that weigh, 1 to 100
 * @param overall limits of this key alone, for every model; {@link LimitConfig#NONE} for none
 */
public record KeyConfig(String id, String secret, int weight, LimitConfig overall) {}
