package io.keycoord.redis;

/**
 * What a limit has left now.
 *
 * @param owner {@code account} or {@code key}
 * @param models the pattern of the models that share it
 * @param dimension {@code requests} or {@code tokens}
 * @param left whole units left now
 * @param limit units per period, as they are granted: less than the configured limit by what arrival jitter costs
 * @param periodMs the period in milliseconds
 */
public record LimitView(String owner, String models, String dimension, long left, long limit, long periodMs) {}
