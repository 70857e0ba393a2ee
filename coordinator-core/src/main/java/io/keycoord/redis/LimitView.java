package io.keycoord.redis;

/**
 * What a limit has left now.
 *
 * @param owner {@code account}, {@code account overall}, {@code key}, {@code tenant} or {@code pool}
 * @param models the pattern of the models that share it
 * @param dimension {@code requests}, {@code tokens}, {@code input_tokens}, {@code output_tokens} or {@code money}, which is
 *     in millionths of a US dollar
 * @param left whole units left now
 * @param limit units per period, as they are granted: less than the configured limit by what arrival jitter costs
 * @param periodMs the period in milliseconds
 */
public record LimitView(String owner, String models, String dimension, long left, long limit, long periodMs) {}
